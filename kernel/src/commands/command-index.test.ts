import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Manifest } from '../manifests/manifest.js';
import { type CommandSource, indexCommands } from './command-index.js';

describe('indexCommands', () => {
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'blockhost-commands-'));
  });
  afterEach(() => rm(root, { recursive: true, force: true }));

  /** A plugin whose command manifest has `modules` and whose manifest promises `promised`. */
  async function source(
    plugin: string,
    promised: readonly string[],
    modules: readonly string[] | string | null,
    own: { short_names?: Record<string, string>; error?: BlockhostError } = {},
  ): Promise<CommandSource> {
    const home = join(root, plugin);
    await mkdir(home);
    const commands = Array.isArray(modules) ? Object.fromEntries(modules.map((id) => [id, cached(id)])) : {};
    if (modules !== null)
      await writeFile(
        join(home, 'oclif.manifest.json'),
        typeof modules === 'string' ? modules : JSON.stringify({ commands }),
      );
    const { short_names = {}, error = null } = own;
    const manifest: Manifest = {
      schema: 1,
      name: plugin,
      version: '1.0.0',
      display_name: plugin,
      requires: { kernel: '^0.1' },
      contributes: { commands: promised.map((id) => ({ id, summary: id })), short_names },
    };
    return { name: plugin, home, manifest, error };
  }

  it('offers what manifest and modules agree on, with blanks or colons between the words', async () => {
    const { commands, broken } = await indexCommands([
      await source('hosting', ['vm create', 'vm:list'], ['vm:create', 'vm:list']),
    ]);
    expect([...commands.keys()]).to.deep.equal(['vm:create', 'vm:list']);
    expect(commands.get('vm:list')?.module).to.equal(join(root, 'hosting/dist/vm-list.js'));
    expect(broken).to.deep.equal([]);
  });

  it('reports a promised command without a module, naming both sides, and keeps the others', async () => {
    const { commands, broken } = await indexCommands([
      await source('hosting', ['vm create', 'vm list'], ['vm:list']),
    ]);
    expect([...commands.keys()]).to.deep.equal(['vm:list']);
    expect(broken.map(({ id, error }) => [id, error.sentence])).to.deep.equal([
      [
        'vm:create',
        'The manifest of hosting promises the command "vm create", but its command modules have "vm list".',
      ],
    ]);
  });

  it('does not offer a module that the manifest does not promise', async () => {
    const { commands, broken } = await indexCommands([
      await source('hosting', ['vm list'], ['vm:list', 'vm:spy']),
    ]);
    expect([...commands.keys()]).to.deep.equal(['vm:list']);
    expect(broken[0]?.error.sentence).to.equal(
      'hosting has a module for the command "vm spy", but its manifest promises "vm list".',
    );
  });

  it('keeps the commands of others when a command manifest is missing, broken or leads out of its folder', async () => {
    const outside = JSON.stringify({ commands: { evil: { relativePath: ['..', 'evil.js'] } } });
    const { commands, broken } = await indexCommands([
      await source('missing', ['a'], null),
      await source('garbled', ['b'], '{"commands":'),
      await source('evil', ['evil'], outside),
      await source('good', ['c'], ['c']),
    ]);
    expect([...commands.keys()]).to.deep.equal(['c']);
    expect(broken.map(({ id, error }) => [id, error.code])).to.deep.equal([
      ['a', 'command.manifest-missing'],
      ['b', 'command.manifest-invalid'],
      ['evil', 'command.manifest-invalid'],
    ]);
  });

  it('offers nothing of a plugin that the kernel refuses, and says why, also to callers of its programs', async () => {
    const refused = new BlockhostError('plugin.incompatible', 'It needs another kernel.');
    const { commands, shortNames, broken } = await indexCommands([
      await source('old', ['a'], ['a'], { error: refused, short_names: { aa: 'a' } }),
    ]);
    expect(commands.size).to.equal(0);
    expect(shortNames.get('aa')).to.deep.equal(['a']);
    expect(broken).to.deep.equal([{ id: 'a', plugin: 'old', error: refused }]);
  });

  it('leaves a command and a program to the first of two plugins that claim it', async () => {
    const { commands, shortNames, broken } = await indexCommands([
      await source('first', ['vm list'], ['vm:list'], { short_names: { 'vm-list': 'vm list' } }),
      await source('second', ['vm list'], ['vm:list'], { short_names: { 'vm-list': 'vm:list' } }),
    ]);
    expect(commands.get('vm:list')?.plugin).to.equal('first');
    expect(shortNames.get('vm-list')).to.deep.equal(['vm', 'list']);
    expect(broken.map(({ error }) => error.sentence)).to.deep.equal([
      'The command "vm list" of second is already provided by first.',
    ]);
  });
});

function cached(id: string) {
  return { id, relativePath: ['dist', `${id.replaceAll(':', '-')}.js`], args: {}, flags: {} };
}
