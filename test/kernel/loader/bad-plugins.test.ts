import { DEVNET, type Kernel, type PluginState, PROVISIONER } from '@blockhost/kernel';
import { expect } from 'chai';
import { expectGolden, rejection, withFixtures } from './fixtures.js';

interface Case {
  readonly state: PluginState;
  /** How the plugin's fault comes to light; by asking for the port `devnet` unless told. */
  readonly use?: (kernel: Kernel) => Promise<unknown>;
  /** Name in its manifest, where it is not that of the fixture. */
  readonly name?: string;
  readonly beside?: readonly string[];
}

const finalization = (name: string) => (kernel: Kernel) => kernel.import(name, 'finalization');

const CASES: Readonly<Record<string, Case>> = {
  'throws-at-import': { state: 'load-failed' },
  'throws-in-activation': { state: 'activation-failed' },
  'hangs-at-import': { state: 'timed-out' },
  'hangs-in-activation': { state: 'timed-out' },
  'exits-at-import': { state: 'load-failed' },
  'exits-in-activation': { state: 'activation-failed' },
  'half-activation': { state: 'activation-failed' },
  declines: { state: 'declined' },
  'lies-about-steps': { state: 'load-failed', use: finalization('lies-about-steps') },
  'lies-about-tag': { state: 'load-failed', use: finalization('lies-about-tag') },
  'lies-about-tag-version': { state: 'load-failed', use: finalization('lies-about-tag-version') },
  'lies-about-actions': {
    state: 'load-failed',
    use: (kernel) => kernel.import('lies-about-actions', 'rootActions'),
  },
  'lies-about-class': { state: 'load-failed' },
  'lies-about-members': { state: 'load-failed' },
  'lies-about-module': { state: 'invalid-manifest' },
  'links-outside': { state: 'invalid-manifest' },
  'points-outside': { state: 'invalid-manifest' },
  'invalid-manifest': { state: 'invalid-manifest' },
  'other-kernel': { state: 'incompatible' },
  'other-port-version': { state: 'incompatible' },
  'clashes-in-port': { state: 'incompatible' },
  'clashes-in-name': { state: 'incompatible', name: 'healthy' },
  'lacks-port': { state: 'missing-dependency' },
  'lacks-plugin': { state: 'missing-dependency' },
  'cyclic-a': { state: 'missing-dependency', beside: ['cyclic-b'] },
  'injects-itself': { state: 'missing-dependency' },
  'injects-nothing': { state: 'load-failed' },
  'injects-secretly': { state: 'load-failed' },
  'injects-unknown': { state: 'load-failed' },
};

describe('a bad plugin', () => {
  for (const [fixture, { state, use, name = fixture, beside = [] }] of Object.entries(CASES))
    it(`that ${fixture.replaceAll('-', ' ')} is ${state}, says so, and leaves the others working`, async () => {
      await withFixtures(['healthy', fixture, ...beside], async ({ host, kernel }) => {
        await rejection(use ? use(kernel) : kernel.get(DEVNET));

        const status = kernel.plugins().find((plugin) => plugin.name === name && plugin.kind === 'plugin');
        expect(status?.state).to.equal(state);
        expectGolden(fixture, status?.error?.toHelp() ?? '', host);

        const provisioner = await kernel.get(PROVISIONER);
        expect(await provisioner.status({ name: 'one', backendRef: null })).to.deep.equal({
          kind: 'present',
          value: 'running',
        });
      });
    });

  it('throws the same error at every later use', async () => {
    await withFixtures(['throws-at-import'], async ({ kernel }) => {
      expect(await rejection(kernel.get(DEVNET))).to.equal(await rejection(kernel.get(DEVNET)));
    });
  });
});
