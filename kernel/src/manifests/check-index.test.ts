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
    owner: () => null,
    ...facts,
  };
}

function lines(plugins: readonly FoundPlugin[]): string[] {
  return checkIndex(plugins).map(({ severity, file, pointer, expected }) =>
    [severity, file, pointer, expected].join(' '),
  );
}

describe('checkIndex', () => {
  it('finds nothing between plugins that share nothing', () => {
    expect(lines([found('a'), found('b')])).to.deep.equal([]);
  });

  it('tells both sides of a clash, an error for the later and a warning for the first', () => {
    const commands = (id: string) => ({ contributes: { commands: [{ id, summary: 'Test' }] } });
    expect(lines([found('a', commands('vm list')), found('b', commands('vm:list'))])).to.deep.equal([
      'error /plugins.d/b.json /contributes/commands/0/id the command "vm list" is taken by a (/plugins.d/a.json).',
      'warning /plugins.d/a.json /contributes/commands/0/id the command "vm list" is also claimed by b (/plugins.d/b.json), which is left out.',
    ]);
  });

  it('sees clashes of names, short names, daemons and ports', () => {
    const everything: Partial<Manifest> = {
      provides: [{ port: 'devnet', major: 1 }],
      contributes: { short_names: { bw: 'wallet' }, daemons: [{ id: 'monitor', summary: 'Test' }] },
    };
    const twin = found('a', everything, { file: '/plugins.d/z.json' });
    const errors = checkIndex([found('a', everything), twin]).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ pointer, file }) => [file, pointer])).to.deep.equal([
      ['/plugins.d/z.json', '/name'],
      ['/plugins.d/z.json', '/contributes/short_names/bw'],
      ['/plugins.d/z.json', '/contributes/daemons/0/id'],
      ['/plugins.d/z.json', '/provides/0/port'],
    ]);
  });

  it('counts a foreign role plugin as provider of its role’s port', () => {
    const foreign = found('shell', {}, { kind: 'provisioner', foreign: true, file: '/provisioner.json' });
    const native = found('sandbox', { provides: [{ port: 'provisioner', major: 1 }] });
    expect(lines([foreign, native])[0]).to.equal(
      'error /plugins.d/sandbox.json /provides/0/port the port "provisioner" is taken by shell (/provisioner.json).',
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
    const errors = checkIndex([first, loser, broken, third]).filter(({ severity }) => severity === 'error');
    expect(errors.map(({ file }) => file)).to.deep.equal(['/plugins.d/b.json']);
  });
});
