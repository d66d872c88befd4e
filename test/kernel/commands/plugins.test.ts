import { lstat, mkdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, ended, greeter, launcher, node, tree } from './launcher.js';

describe('blockhost plugins', function () {
  this.timeout(120_000);
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.make();
  });
  afterEach(() => bench.dispose());

  const tsc = join(tree, 'node_modules/typescript/bin/tsc');

  /** `plugins new` and a build, as the author would do it. */
  async function build(kind: string, name: string): Promise<string> {
    const made = await bench.blockhost(`plugins new ${kind} ${name}`);
    expect(made.code, made.stderr).to.equal(0);
    const folder = made.stdout.trim();
    const built = await ended(node, [tsc], { cwd: folder });
    expect(built.code, built.stdout).to.equal(0);
    return folder;
  }

  it('lists name, kind, version, state and reason, also as JSON', async () => {
    await bench.install(greeter);
    const text = await bench.blockhost('plugins');
    expect(text.stdout).to.equal('greeter  plugin  0.1.0  indexed  -\n');
    const [plugin] = JSON.parse((await bench.blockhost('plugins list --json')).stdout);
    expect(plugin).to.deep.include({
      name: 'greeter',
      kind: 'plugin',
      version: '0.1.0',
      state: 'indexed',
      reason: null,
    });
  });

  it('says on stderr that there are none and where they would be, also when a command is missing for that', async () => {
    const { share } = bench.host.paths;
    expect(await bench.blockhost('plugins')).to.deep.equal({
      code: 0,
      stdout: '',
      stderr: `This host has no plugins: there is no manifest in ${share}.\n`,
    });
    expect(await bench.blockhost('setup')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: `There is no command "setup".\n  plugins: none in ${share}\nSee what there is: blockhost --help\n`,
    });
  });

  it('inspects contributions without running the plugin, and refuses unknown names', async () => {
    await bench.install(greeter);
    const { stdout } = await bench.blockhost('plugins inspect greeter');
    expect(stdout).to.include('greet all: Say hello to everybody').and.include('hello = greet hello');
    const unknown = await bench.blockhost('plugins inspect greter');
    expect(unknown).to.deep.include({ code: 1, stdout: '' });
    expect(unknown.stderr).to.include('Did you mean "greeter"?');
  });

  it('writes a provisioner that compiles, passes its conformance suite and is activated on a host', async () => {
    const folder = await build('provisioner', 'acme-cloud');
    const check = await bench.blockhost(`plugins check ${folder}`);
    expect(check.stderr).to.equal('');
    expect(check.stdout).to.match(
      /^manifest {6}ok\nentries {7}ok {3}service \d+ ms\nprovisioner {3}\d+ passed, 0 failed, \d+ not declared \(metrics, .*\)\n$/,
    );
    expect(check.code).to.equal(0);

    await bench.blockhost(`plugins link ${folder}`);
    const inspected = await bench.blockhost('plugins inspect acme-cloud --activate --json');
    expect(inspected.code, inspected.stderr).to.equal(0);
    const status = JSON.parse(inspected.stdout);
    expect(status).to.deep.include({ state: 'active', injected: ['blockhost.service/paths'] });
    expect(status.timings).to.have.keys('import', 'activation');
  });

  it('writes an extension that compiles and whose command runs on the provisioner of the host', async () => {
    const cloud = await build('provisioner', 'acme-cloud');
    const tool = await build('plugin', 'acme-report');
    const described = await ended(node, [join(tree, 'kernel/scripts/command-manifests.mjs'), tool]);
    expect(described.code, described.stderr).to.equal(0);
    expect((await bench.blockhost(`plugins check ${tool}`)).stdout).to.match(
      /^entries {4}ok {3}commands \d+ ms$/m,
    );

    for (const folder of [cloud, tool]) await bench.blockhost(`plugins link ${folder}`);
    expect(await bench.blockhost('acme-report list --json')).to.deep.equal({
      code: 0,
      stdout: '[]\n',
      stderr: '',
    });
  });

  it('leaves no trace of the template in a new plugin', async () => {
    const { stdout } = await bench.blockhost('plugins new provisioner acme --json');
    const { folder, files } = JSON.parse(stdout);
    expect(files).to.include.members([
      '.gitignore',
      'LICENSE',
      'README.md',
      'provisioner.json',
      'src/service.ts',
    ]);
    for (const file of files)
      expect(await readFile(join(folder, file), 'utf8'), file).to.not.match(/demo[-_ ]?cloud/i);
  });

  it('writes nothing into a folder that is not empty, nor under an improper name, nor for a role without template', async () => {
    await mkdir(join(bench.folder, 'taken'));
    await writeFile(join(bench.folder, 'taken/file'), '');
    const taken = await bench.blockhost('plugins new plugin taken');
    expect(taken).to.deep.include({ code: 1, stdout: '' });
    expect(taken.stderr).to.include('is not empty; nothing was written');
    expect((await bench.blockhost('plugins new plugin Bad_Name')).code).to.equal(2);
    const engine = await bench.blockhost('plugins new engine acme-chain');
    expect(engine.code).to.equal(1);
    expect(engine.stderr).to.include('There is no template for a new engine plugin yet.');
    expect(await lstat(join(bench.folder, 'acme-chain')).catch(() => null)).to.equal(null);
  });

  it('checks a manifest in one pass, in the words of the author guide, and runs nothing of a wrong one', async () => {
    const folder = await build('provisioner', 'acme-cloud');
    const file = join(folder, 'provisioner.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.provides[0].port = 'provisoner';
    manifest.requires.kernel = '1';
    await writeFile(file, JSON.stringify(manifest));
    await writeFile(join(folder, 'dist/service.js'), `process.stdout.write('ran');`);
    const { code, stdout } = await bench.blockhost('plugins check acme-cloud');
    expect(code).to.equal(1);
    expect(stdout.split('\n').slice(0, 3)).to.deep.equal([
      'acme-cloud/provisioner.json: 2 problems',
      '  /provides/0/port   "provisoner" is not a port. Did you mean "provisioner"?',
      '  /requires/kernel   "1" is not a version range that names a breaking level. Write "^1.0".',
    ]);
  });

  it('checks entries against the promises of the manifest, and ports against a test the plugin must bring', async () => {
    const folder = await build('provisioner', 'acme-cloud');
    await rm(join(folder, 'dist/conformance.js'));
    const untested = await bench.blockhost('plugins check acme-cloud --json');
    expect(untested.code).to.equal(1);
    expect(JSON.parse(untested.stdout)).to.deep.include({ ok: false, problems: [] });

    await writeFile(join(folder, 'dist/service.js'), 'export default {};');
    const wrong = await bench.blockhost('plugins check acme-cloud');
    expect(wrong.code).to.equal(1);
    expect(wrong.stdout).to.match(
      /^entries +The entry service of acme-cloud is not in order\.\n +because: /m,
    );
  });

  it('refuses what would fail on a host of this kernel: its version, versions of ports, needs without a token', async () => {
    const folder = await build('provisioner', 'acme-cloud');
    const [manifest, service] = [join(folder, 'provisioner.json'), join(folder, 'dist/service.js')];
    const change = async (file: string, from: string, to: string) => {
      const good = await readFile(file, 'utf8');
      expect(good).to.include(from);
      await writeFile(file, good.replace(from, to));
      const { code, stdout } = await bench.blockhost('plugins check acme-cloud');
      await writeFile(file, good);
      expect(code).to.equal(1);
      return stdout;
    };
    expect(await change(manifest, '"^0.1"', '"^9.0"')).to.include('it requires blockhost ^9.0, but this is');
    expect(await change(manifest, '"major": 1', '"major": 2')).to.include(
      'it provides version 2 of the port "provisioner", but this host uses version 1.',
    );
    expect(await change(service, '__param(0, inject(PATHS))', '(type) => type')).to.include(
      'the constructor of AcmeCloud has 1 parameter, but none of them says @inject(TOKEN).',
    );
    expect(
      await change(service, 'inject(PATHS)', `inject(Symbol.for('blockhost.port/vm-store@1'))`),
    ).to.include(
      'its class injects the port "vm-store", but /requires/ports of the manifest does not list it.',
    );
    expect((await bench.blockhost('plugins check acme-cloud')).code).to.equal(0);
  });

  it('reports a failing conformance case by its sentence', async () => {
    const folder = await build('provisioner', 'acme-cloud');
    const service = join(folder, 'dist/service.js');
    const broken = (await readFile(service, 'utf8')).replace('present(machine.power)', `present('stopped')`);
    await writeFile(service, broken);
    const { code, stdout } = await bench.blockhost('plugins check acme-cloud');
    expect(code).to.equal(1);
    expect(stdout).to.match(/^provisioner +\d+ passed, [1-9]\d* failed/m);
    expect(stdout).to.include('makes a VM that runs and answers its name, reference and user');
  });

  it('links a plugin once, replaces another link only when told, and never a file', async () => {
    const first = await build('provisioner', 'acme-cloud');
    const second = await build('provisioner', 'zen-cloud');
    const place = join(bench.host.paths.share, 'provisioner.json');
    for (let twice = 0; twice < 2; twice += 1)
      expect((await bench.blockhost(`plugins link ${first}`)).stdout).to.equal(
        `${place} -> ${first}/provisioner.json\n`,
      );
    const refused = await bench.blockhost(`plugins link ${second}`);
    expect(refused).to.deep.include({ code: 1, stdout: '' });
    expect(refused.stderr).to.include('--replace');
    expect((await bench.blockhost(`plugins link ${second} --replace`)).code).to.equal(0);
    expect(await readlink(place)).to.equal(`${second}/provisioner.json`);

    await rm(place);
    await writeFile(place, '{}');
    expect((await bench.blockhost(`plugins link ${first} --replace`)).code).to.equal(1);
    expect(await readFile(place, 'utf8')).to.equal('{}');
  });

  it('refuses to pack, which is not built yet, and folders that hold no plugin', async () => {
    await bench.install(greeter);
    const pack = await bench.blockhost('plugins pack greeter');
    expect(pack).to.deep.include({ code: 1, stdout: '' });
    expect(pack.stderr).to.include('cannot build Debian packages yet');
    const nothing = await bench.run(launcher, ['plugins', 'check', bench.folder]);
    expect(nothing).to.deep.include({ code: 2, stdout: '' });
  });
});
