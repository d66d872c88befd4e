import { spawnSync } from 'node:child_process';
import { cpSync, globSync, mkdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { discover, KERNEL_VERSION, type ManifestKind, type ManifestProblem } from '@blockhost/kernel';
import { expect } from 'chai';

const repository = join(import.meta.dirname, '../../../..');

interface Document {
  [key: string]: unknown;
}

function json(path: string): Document {
  return JSON.parse(readFileSync(join(repository, path), 'utf8'));
}

const kinds: readonly ManifestKind[] = ['engine', 'provisioner', 'broker', 'plugin'];

/** The example that the schema of a kind ships, as a new object. */
function example(kind: ManifestKind): Document {
  const [first] = json(`manifests/${kind}.schema.json`).examples as Document[];
  if (!first) throw new Error(`The schema of ${kind} has no example.`);
  return first;
}

const foreignProvisioner = {
  name: 'shell',
  version: '1.0.0',
  display_name: 'Shell scripts',
  commands: { create: 'shell-create' },
  setup: {
    first_boot_hook: '/opt/shell/boot',
    detect: 'shell-detect',
    wizard_module: 'exec:shell-wizard',
    finalization_steps: ['storage'],
  },
  root_agent_actions: '/opt/shell/actions.py',
  config_keys: { session_key: 'shell', provisioner_config: ['storage_pool'] },
};

const foreignEngine = {
  name: 'python',
  version: '1.0.0',
  display_name: 'Python engine',
  setup: {
    wizard_module: 'blockhost.engine_python.wizard',
    finalization_steps: ['keypair'],
    post_finalization_steps: ['mint_nft'],
  },
  config_keys: { session_key: 'blockchain' },
};

/** `manifest` without the key at a JSON pointer. */
function without(manifest: Document, pointer: string): Document {
  const copy = structuredClone(manifest);
  const path = pointer.split('/').slice(1);
  const last = path.pop() ?? '';
  const holder = path.reduce((at, key) => at[key] as Document, copy);
  expect(holder, pointer).to.have.property(last);
  delete holder[last];
  return copy;
}

describe('manifest schemas', () => {
  let root: string;
  let share: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'schemas-'));
    share = join(root, 'usr/share/blockhost');
    for (const home of [share, join(share, 'plugins.d')]) {
      await mkdir(join(home, 'dist/commands'), { recursive: true });
      for (const module of ['service', 'wizard', 'finalization', 'daemon'])
        await writeFile(join(home, `dist/${module}.js`), '');
    }
  });
  afterEach(() => rm(root, { recursive: true }));

  async function problemsOf(kind: ManifestKind, manifest: unknown): Promise<readonly ManifestProblem[]> {
    const file = join(share, kind === 'plugin' ? 'plugins.d/demo.json' : `${kind}.json`);
    await writeFile(file, JSON.stringify(manifest));
    const paths = { root, share, resolve: (absolute: string) => join(root, absolute) };
    const [plugin] = discover({ paths, strict: true });
    return plugin?.problems ?? [];
  }

  for (const kind of kinds)
    it(`the example of the kind "${kind}" is valid and meant for this kernel`, async () => {
      const manifest = example(kind);
      expect(await problemsOf(kind, manifest)).to.deep.equal([]);
      const range = (manifest.requires as Document).kernel;
      expect(range).to.equal(`^${KERNEL_VERSION.split('.').slice(0, 2).join('.')}`);
    });

  const envelope = ['/name', '/version', '/display_name'];
  const native = [...envelope, '/schema', '/requires', '/requires/kernel', '/provides', '/entries'];
  const setup = ['/setup', '/setup/wizard_module', '/setup/finalization_steps', '/config_keys'];
  const required: readonly [title: string, ManifestKind, Document, readonly string[]][] = [
    [
      'an engine',
      'engine',
      example('engine'),
      [...native, ...setup, '/setup/post_finalization_steps', '/config_keys/session_key'],
    ],
    [
      'a provisioner',
      'provisioner',
      example('provisioner'),
      [...native, ...setup, '/config_keys/session_key'],
    ],
    ['a broker', 'broker', example('broker'), native],
    ['an extension', 'plugin', example('plugin'), [...envelope, '/schema', '/requires', '/requires/kernel']],
    [
      'a foreign engine',
      'engine',
      foreignEngine,
      [...envelope, ...setup, '/setup/post_finalization_steps', '/config_keys/session_key'],
    ],
    [
      'a foreign provisioner',
      'provisioner',
      foreignProvisioner,
      [
        ...envelope,
        ...setup,
        '/commands',
        '/setup/first_boot_hook',
        '/setup/detect',
        '/root_agent_actions',
        '/config_keys/session_key',
        '/config_keys/provisioner_config',
      ],
    ],
  ];
  for (const [title, kind, manifest, pointers] of required)
    it(`${title} that lacks a required key is refused by the key’s name`, async () => {
      expect(await problemsOf(kind, manifest)).to.deep.equal([]);
      for (const pointer of pointers) {
        const problems = await problemsOf(kind, without(manifest, pointer));
        const missing = problems.find((problem) => problem.pointer === pointer);
        expect(missing, pointer).to.include({ severity: 'error', expected: 'is missing.' });
      }
    });

  it('an engine without constraints is as valid as one with them', async () => {
    expect(await problemsOf('engine', without(example('engine'), '/constraints'))).to.deep.equal([]);
  });

  it('every manifest of this repository is valid in strict mode', async () => {
    const files = globSync(join(repository, 'plugins/*/{engine,provisioner,broker,plugin}.json'));
    expect(files).to.not.be.empty;
    for (const file of files) {
      const kind = basename(file, '.json') as ManifestKind;
      const link = join(share, kind === 'plugin' ? 'plugins.d/demo.json' : `${kind}.json`);
      await rm(link, { force: true });
      await symlink(file, link);
      const paths = { root, share, resolve: (absolute: string) => join(root, absolute) };
      const [plugin] = discover({ paths, strict: true });
      expect(plugin?.problems, file).to.deep.equal([]);
      await rm(link);
    }
  });

  it('the reference page says what the schemas say', () => {
    const script = join(repository, 'kernel/scripts/reference.mjs');
    const { stderr, status } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
    expect({ stderr, status }).to.deep.equal({ stderr: '', status: 0 });
  });

  it('a kernel that is installed without its schemas and without ajv still checks manifests', async () => {
    const kernel = join(root, 'node_modules/@blockhost/kernel');
    mkdirSync(kernel, { recursive: true });
    for (const part of ['package.json', 'dist', 'generated'])
      cpSync(join(repository, 'kernel', part), join(kernel, part), { recursive: true });
    await mkdir(join(root, 'node_modules/semver'));
    const semver = [join(repository, 'kernel/node_modules/semver'), join(repository, 'node_modules/semver')];
    const installed = semver.find((folder) => globSync(join(folder, 'classes/range.js')).length > 0) ?? '';
    cpSync(installed, join(root, 'node_modules/semver'), { recursive: true });
    const module = join(kernel, 'dist/manifests/discover.js');
    const script = `
      import { discover } from ${JSON.stringify(module)};
      const paths = { root: ${JSON.stringify(root)}, share: ${JSON.stringify(share)}, resolve: (path) => path };
      console.log(discover({ paths }).flatMap(({ problems }) => problems).map(({ pointer }) => pointer).join());`;
    await writeFile(join(share, 'engine.json'), JSON.stringify({ ...example('engine'), name: 'NO' }));
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', script], {
      encoding: 'utf8',
      cwd: dirname(kernel),
    });
    expect({ stdout, stderr }).to.deep.equal({ stdout: '/name\n', stderr: '' });
  });
});
