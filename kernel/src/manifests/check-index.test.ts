import { expect } from 'chai';
import { checkIndex } from './check-index.js';
import type { FoundPlugin } from './found-plugin.js';
import type { Manifest } from './manifest.js';

const envelope = { schema: 1, version: '1.0.0', display_name: 'Test', requires: { kernel: '^1.0' } } as const;

function found(
  name: string,
  manifest: Partial<Manifest> = {},
  facts: Partial<FoundPlugin> = {},
): FoundPlugin {
  return {
    kind: 'plugin',
    name,
    file: `/plugins.d/${name}.json`,
    home: '/home',
    manifest: { ...envelope, name, ...manifest },
    problems: [],
    foreign: false,
    builtTogether: false,
    owner: () => null,
    ...facts,
  };
}

function lines(plugins: readonly FoundPlugin[]): string[] {
  return checkIndex(plugins).map(({ plugin, reason }) => `${plugin.file} ${reason}`);
}

describe('checkIndex', () => {
  it('finds nothing between plugins that share nothing', () => {
    expect(lines([found('a'), found('b')])).to.deep.equal([]);
  });

  it('tells the later of two that clash, and who has what it claims', () => {
    const commands = (id: string) => ({ contributes: { commands: [{ id, summary: 'Test' }] } });
    expect(lines([found('a', commands('vm list')), found('b', commands('vm:list'))])).to.deep.equal([
      '/plugins.d/b.json /contributes/commands/0/id the command "vm list" is taken by a (/plugins.d/a.json).',
    ]);
  });

  it('sees clashes of names, short names, daemons and ports', () => {
    const everything: Partial<Manifest> = {
      provides: [{ port: 'devnet', major: 1 }],
      contributes: { short_names: { bw: 'wallet' }, daemons: [{ id: 'monitor', summary: 'Test' }] },
    };
    const twin = found('a', everything, { file: '/plugins.d/z.json' });
    const places = lines([found('a', everything), twin]).map((line) => line.split(' the ')[0]);
    expect(places).to.deep.equal([
      '/plugins.d/z.json /name',
      '/plugins.d/z.json /contributes/short_names/bw',
      '/plugins.d/z.json /contributes/daemons/0/id',
      '/plugins.d/z.json /provides/0/port',
    ]);
  });

  it('counts a foreign role plugin as provider of its role’s port', () => {
    const foreign = found('shell', {}, { kind: 'provisioner', foreign: true, file: '/provisioner.json' });
    const native = found('sandbox', { provides: [{ port: 'provisioner', major: 1 }] });
    expect(lines([foreign, native])[0]).to.equal(
      '/plugins.d/sandbox.json /provides/0/port the port "provisioner" is taken by shell (/provisioner.json).',
    );
  });

  it('lets a plugin that lost, or was invalid before, take nothing from a third', () => {
    const names = (...programs: string[]): Partial<Manifest> => ({
      contributes: { short_names: Object.fromEntries(programs.map((program) => [program, 'x'])) },
    });
    const first = found('a', names('one'));
    const loser = found('b', names('one', 'two'));
    const broken = found('c', names('two'), {
      problems: [{ severity: 'error', file: '/plugins.d/c.json', pointer: '', expected: 'is broken.' }],
    });
    const third = found('d', names('two'));
    const losers = checkIndex([first, loser, broken, third]).map(({ plugin }) => plugin);
    expect(losers).to.deep.equal([loser]);
  });
});
