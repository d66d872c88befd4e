import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { discover } from './discover.js';

describe('discover', () => {
  let root: string;
  let share: string;
  const find = (options: { trust?: boolean; strict?: boolean } = {}) =>
    discover({ paths: { root, share, resolve: (absolute) => join(root, absolute) }, ...options });
  const put = async (path: string, content: unknown) => {
    const text = typeof content === 'string' ? content : JSON.stringify(content);
    await mkdir(join(root, path, '..'), { recursive: true });
    await writeFile(join(root, path), text);
  };
  const plain = (name: string) => ({
    schema: 1,
    name,
    version: '1.0.0',
    display_name: name,
    requires: { kernel: '^0.1' },
  });

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'discover-'));
    share = join(root, 'usr/share/blockhost');
    await mkdir(join(share, 'plugins.d'), { recursive: true });
  });
  afterEach(() => rm(root, { recursive: true }));

  it('finds nothing on a host without plugins, not even the folder', async () => {
    await rm(share, { recursive: true });
    expect(find()).to.deep.equal([]);
  });

  it('answers role plugins first and extensions by file name', async () => {
    for (const name of ['b', 'a', 'c']) await put(`usr/share/blockhost/plugins.d/${name}.json`, plain(name));
    await put('usr/share/blockhost/plugins.d/README', 'not a manifest');
    for (const role of ['broker', 'engine', 'provisioner'])
      await put(`usr/share/blockhost/${role}.json`, { ...plain(`my-${role}`) });
    expect(find().map(({ kind, name }) => `${kind} ${name}`)).to.deep.equal([
      'engine my-engine',
      'provisioner my-provisioner',
      'broker my-broker',
      'plugin a',
      'plugin b',
      'plugin c',
    ]);
  });

  it('takes the folder where a linked manifest really lies as home', async () => {
    await put('src/plugin/plugin.json', plain('linked'));
    await symlink(join(root, 'src/plugin/plugin.json'), join(share, 'plugins.d/linked.json'));
    const [plugin] = find();
    expect(plugin).to.include({ file: join(share, 'plugins.d/linked.json'), name: 'linked' });
    expect(plugin?.home).to.match(/\/src\/plugin$/);
    expect(plugin?.problems).to.deep.equal([]);
  });

  it('resolves a home that the manifest names below the root', async () => {
    await mkdir(join(root, 'usr/lib/blockhost/plugins/x'), { recursive: true });
    await put('usr/share/blockhost/plugins.d/x.json', {
      ...plain('x'),
      home: '/usr/lib/blockhost/plugins/x',
    });
    const [plugin] = find();
    expect(plugin).to.include({ home: join(root, 'usr/lib/blockhost/plugins/x') });
    expect(plugin?.problems).to.deep.equal([]);
  });

  it('turns whatever cannot be read into a problem and leaves the others working', async () => {
    const folder = 'usr/share/blockhost/plugins.d';
    await put(`${folder}/big.json`, `{"x-": "${'x'.repeat(1024 * 1024)}"}`);
    await mkdir(join(root, folder, 'folder.json'));
    await symlink('/nonexistent/x.json', join(root, folder, 'gone.json'));
    await put(`${folder}/list.json`, '[]');
    await writeFile(join(root, folder, 'latin1.json'), Buffer.from('{"name": "caf\xe9"}', 'latin1'));
    await put(`${folder}/null.json`, 'null');
    await put(`${folder}/open.json`, '{\n  "name": "open"');
    execFileSync('mkfifo', [join(root, folder, 'pipe.json')]);
    await put(`${folder}/sound.json`, plain('sound'));
    const report = find().map(({ name, manifest, problems }) => [
      name,
      manifest === null,
      ...problems.map(({ severity, expected }) => `${severity}: ${expected}`),
    ]);
    expect(report).to.deep.equal([
      ['big', true, 'error: has 1,048,586 bytes; a manifest has at most 1 MiB.'],
      ['folder', true, 'error: is not a regular file.'],
      ['gone', true, 'error: is a link to /nonexistent/x.json, which does not exist.'],
      ['latin1', true, 'error: is not UTF-8 text.'],
      ['list', true, 'error: holds an empty list; expected an object.'],
      ['null', true, 'error: holds null; expected an object.'],
      ['open', true, "error: is not JSON: Expected ',' or '}' after property value, line 2, column 17."],
      ['pipe', true, 'error: is not a regular file.'],
      ['sound', false],
    ]);
  });

  it('reports a folder of extensions that cannot be listed, and still finds the roles', async () => {
    await rm(join(share, 'plugins.d'), { recursive: true });
    await put('usr/share/blockhost/plugins.d', 'a file');
    await put('usr/share/blockhost/broker.json', plain('b'));
    const found = find();
    expect(found.map(({ name }) => name)).to.deep.equal(['b', 'plugins.d']);
    expect(found[1]?.problems[0]?.expected).to.match(/^cannot be read: ENOTDIR/);
  });

  it('stands deep nesting, prototype keys, names that are no text, and control characters', async () => {
    const folder = 'usr/share/blockhost/plugins.d';
    await put(`${folder}/deep.json`, `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`);
    await put(
      `${folder}/keys.json`,
      '{"__proto__": {"name": "x"}, "constructor": 1, "name": {"__proto__": []}}',
    );
    await put(`${folder}/name.json`, { ...plain('x'), name: ['a'] });
    await put(`${folder}/steps.json`, {
      ...plain('steps'),
      contributes: { steps: { length: 3 } },
      provides: 7,
    });
    await put(`${folder}/terminal.json`, { ...plain('x'), name: 'a\u001b[31m', display_name: '\u0000' });
    const found = find();
    expect(found.map(({ name }) => name)).to.deep.equal(['deep', 'keys', 'name', 'steps', 'terminal']);
    for (const { file, problems } of found) {
      expect(
        problems.filter(({ severity }) => severity === 'error'),
        file,
      ).to.not.be.empty;
      for (const { expected, found: shown } of problems)
        expect(`${expected}${shown}`, file).to.not.match(/\p{Cc}/u);
    }
    expect(({} as { name?: unknown }).name).to.equal(undefined);
  });

  it('reports at most a hundred mistakes of one manifest and says how many more there are', async () => {
    const junk = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`junk-${index}`, 1]));
    await put('usr/share/blockhost/plugins.d/a.json', { ...plain('a'), ...junk });
    const [plugin] = find();
    expect(plugin?.problems).to.have.length(101);
    expect(plugin?.problems.at(-1)).to.include({ expected: 'has 4900 more problems.', severity: 'warning' });
  });

  it('warns of an unknown key, refuses it when strict, and never minds keys that start with x-', async () => {
    const manifest = { ...plain('a'), discription: 'x', 'x-mine': { any: 'thing' }, entries: { 'x-too': 1 } };
    await put('usr/share/blockhost/plugins.d/a.json', manifest);
    for (const [strict, severity] of [
      [false, 'warning'],
      [true, 'error'],
    ] as const) {
      const [plugin] = find({ strict });
      expect(plugin?.problems).to.deep.equal([
        {
          severity,
          file: join(share, 'plugins.d/a.json'),
          pointer: '/discription',
          found: '"discription"',
          expected: 'is not a known key.',
          nearest: 'description',
        },
      ]);
    }
  });

  it('names the package to complain about', async () => {
    await put('usr/share/blockhost/plugins.d/a.json', { ...plain('a'), version: 'one' });
    await put('var/lib/dpkg/info/blockhost-a.list', '/usr/share/blockhost/plugins.d/a.json\n');
    expect(find()[0]?.problems.map((problem) => problem.package)).to.deep.equal(['blockhost-a']);
  });

  it('refuses what others can change when asked to trust nothing but root', async () => {
    await put('usr/share/blockhost/plugins.d/a.json', { ...plain('a'), entries: { migrations: './m.js' } });
    await put('usr/share/blockhost/plugins.d/m.js', '');
    const [plugin] = find({ trust: true });
    expect(plugin?.problems.map(({ pointer }) => pointer)).to.deep.equal(['', '/entries/migrations']);
    for (const { expected } of plugin?.problems ?? [])
      expect(expected).to.match(/^is not trusted: .* (has mode|belongs to)/);
  });
});
