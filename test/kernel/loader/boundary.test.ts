import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  boot,
  DEVNET,
  hasCode,
  isBlockhostError,
  PROVISIONER,
  supports,
  type VmRef,
} from '@blockhost/kernel';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { build } from 'esbuild';
import { collectingLogger, expectGolden, fixture, rejection, withFixtures } from './fixtures.js';

const vm: VmRef = { name: 'one', backendRef: null };

describe('the boundary of a port', () => {
  it('refuses a malformed answer with member, pointer and whom to tell', async () => {
    await withFixtures(['malformed-answer'], async ({ host, kernel }) => {
      const provisioner = await kernel.get(PROVISIONER);
      const error = await rejection(provisioner.list());
      expect(hasCode(error, 'plugin.bad-answer')).to.equal(true);
      expectGolden('malformed-answer', isBlockhostError(error) ? error.toHelp() : '', host);
      expect(await rejection(provisioner.status(vm))).to.deep.include({ code: 'plugin.bad-answer' });
    });
  });

  it('answers port.not-supported for a capability that is there but not declared', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      const provisioner = await kernel.get(PROVISIONER);
      expect(supports(provisioner, 'metrics')).to.equal(true);
      expect(supports(provisioner, 'throttle')).to.equal(false);
      expect(() => provisioner.throttle?.(vm, {}))
        .to.throw()
        .with.property('code', 'port.not-supported');
      expect(() => Reflect.get(provisioner, 'snapshot')())
        .to.throw()
        .with.property('code', 'port.not-supported');
    });
  });

  it('wraps what a plugin throws, and passes on errors of the house as they are', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      const provisioner = await kernel.get(PROVISIONER);
      const failed = await rejection(Promise.resolve(provisioner.metrics?.(vm)));
      expect(failed).to.deep.include({ code: 'plugin.failed' });
      expect(failed).to.have.property('cause').with.property('message', 'no figures here');
      const { destroy } = provisioner;
      expect(await rejection(destroy(vm, {} as never))).to.deep.include({ code: 'provisioner.no-such-vm' });
    });
  });

  it('cannot be written to', async () => {
    await withFixtures(['healthy'], async ({ kernel }) => {
      const provisioner = await kernel.get(PROVISIONER);
      expect(Reflect.set(provisioner, 'create', () => {})).to.equal(false);
    });
  });
});

describe('a foreign plugin', () => {
  it('is driven by the adapter of its role, which says what it can', async () => {
    await withFixtures(['foreign', 'adapter'], async ({ kernel }) => {
      const provisioner = await kernel.get(PROVISIONER);
      expect(await provisioner.list()).to.deep.equal({
        kind: 'present',
        value: [{ name: 'foreign', backendRef: 'x', power: 'running' }],
      });
      expect(supports(provisioner, 'metrics')).to.equal(true);
      expect(kernel.plugins().map(({ name, state }) => [name, state])).to.deep.equal([
        ['foreign', 'active'],
        ['adapter', 'active'],
      ]);
    });
  });

  it('lacks something when no adapter is installed', async () => {
    await withFixtures(['foreign'], async ({ host, kernel }) => {
      const error = await rejection(kernel.get(PROVISIONER));
      expectGolden('foreign', isBlockhostError(error) ? error.toHelp() : '', host);
    });
  });
});

describe('a plugin with its own copies of tsyringe, reflect-metadata and the kernel', () => {
  it('is given its needs, and its errors are recognised', async () => {
    const source = fixture('own-copies');
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-own-copies-'));
    await mkdir(join(folder, 'dist'));
    await copyFile(join(source, 'plugin.json'), join(folder, 'plugin.json'));
    await build({
      entryPoints: [join(source, 'src/service.ts')],
      outfile: join(folder, 'dist/service.js'),
      bundle: true,
      platform: 'node',
      format: 'esm',
      tsconfigRaw: { compilerOptions: { experimentalDecorators: true } },
      external: ['@oclif/core', 'better-sqlite3', 'knex', 'ajv', 'yaml'],
      logLevel: 'silent',
    });
    const host = await makeHostRoot({ plugins: [fixture('healthy'), folder] });
    const kernel = await boot({ process: 'test', paths: host.paths, log: collectingLogger([]) });
    try {
      const error = await rejection((await kernel.get(DEVNET)).start({} as never));
      expect(hasCode(error, 'own-copies.works')).to.equal(true);
      expect(error).to.have.property('sentence', 'The VM is present.');
      expect(kernel.plugins().at(-1)?.injected).to.deep.equal([
        'blockhost.service/clock',
        'blockhost.port/provisioner@1',
      ]);
    } finally {
      await kernel.stop();
      await host.dispose();
      await rm(folder, { recursive: true });
    }
  });
});
