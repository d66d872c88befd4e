import { rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { Bench, commandSource, greeter } from './launcher.js';

describe('a broken plugin', function () {
  this.timeout(60_000);
  let bench: Bench;
  beforeEach(async () => {
    bench = await Bench.make();
    await bench.install(greeter);
  });
  afterEach(() => bench.dispose());

  /** Every case leaves the commands of others alone, without a word about it. */
  async function expectOthersWork(): Promise<void> {
    expect(await bench.blockhost('greet all')).to.deep.equal({
      code: 0,
      stdout: 'hello ada\nhello bob\n',
      stderr: '',
    });
    expect(await bench.blockhost('--help')).to.deep.include({ code: 0, stderr: '' });
  }

  const one = (name: string, source: string) => ({
    name,
    commands: { [name]: { summary: 'Do it', source } },
  });

  it('with a manifest that is not JSON is named when plugins are listed', async () => {
    await writeFile(join(bench.host.paths.share, 'plugins.d/torn.json'), '{"name":');
    await expectOthersWork();
    const { code, stdout, stderr } = await bench.blockhost('plugins list');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^torn +plugin +- +invalid-manifest/m);
    expect(stderr).to.match(/^warning: torn: .*\n$/);
    expect((await bench.blockhost('torn')).stderr).to.include('plugins that could not be read: torn');
  });

  it('without a command manifest says so when its command is asked for', async () => {
    const home = await bench.install(one('bare', commandSource('Do it', '')));
    await rm(join(home, 'oclif.manifest.json'));
    await expectOthersWork();
    const { code, stdout, stderr } = await bench.blockhost('bare');
    expect({ code, stdout }).to.deep.equal({ code: 2, stdout: '' });
    expect(stderr).to.equal(
      `The command "bare" of bare is not available.
  because: The command manifest ${home}/oclif.manifest.json is missing.
Build the plugin again; the build writes this file.
`,
    );
  });

  it('whose manifest promises another command than its modules have is told both', async () => {
    await bench.install({
      ...one('liar', commandSource('Do it', '')),
      manifest: { contributes: { commands: [{ id: 'truth', summary: 'Do it' }] } },
    });
    await expectOthersWork();
    const { code, stderr } = await bench.blockhost('truth');
    expect(code).to.equal(2);
    expect(stderr).to.include(
      'The manifest of liar promises the command "truth", but its command modules have "liar".',
    );
    expect((await bench.blockhost('liar')).code).to.not.equal(0);
  });

  it('whose command module throws at import is named with its bug address', async () => {
    const home = await bench.install(one('bomb', commandSource('Do it', '')));
    await writeFile(join(home, 'commands/bomb.js'), `throw new Error('boom');`);
    await expectOthersWork();
    expect(await bench.blockhost('bomb')).to.deep.equal({
      code: 2,
      stdout: '',
      stderr: `The command "bomb" of bomb cannot be loaded.
  module: ${home}/commands/bomb.js
  because: boom
This is a fault of bomb. Tell its authors: https://example.org/bomb/issues
`,
    });
  });

  it('whose command module has no command class is told so', async () => {
    const home = await bench.install(one('empty', commandSource('Do it', '')));
    await writeFile(join(home, 'commands/empty.js'), 'export const x = 1;');
    await expectOthersWork();
    expect((await bench.blockhost('empty')).stderr).to.include(
      'has no command class as the default export of its module.',
    );
  });

  it('that claims a command and a program of another leaves them to the first', async () => {
    await bench.install({
      name: 'zz-thief',
      commands: {
        'greet/all': { summary: 'Steal', source: commandSource('Steal', `this.result(1, 'stolen');`) },
      },
      shortNames: { gr: 'greet all' },
    });
    await expectOthersWork();
    expect((await bench.run(await bench.link('gr'), ['all'])).stdout).to.equal('hello ada\nhello bob\n');
    expect((await bench.blockhost('plugins list')).stderr).to.match(
      /^warning: zz-thief: .*"greet all".*greeter/,
    );
  });

  it('that claims a command of the kernel does not get it', async () => {
    await bench.install({
      name: 'aa-usurper',
      commands: {
        'plugins/list': { summary: 'Lie', source: commandSource('Lie', `this.result(1, 'lie');`) },
      },
    });
    const { stdout, stderr } = await bench.blockhost('plugins list');
    expect(stdout).to.match(/^greeter +plugin/m);
    expect(stderr).to.equal(
      'warning: aa-usurper: The command "plugins list" of aa-usurper is already provided by kernel.\n',
    );
  });

  it('whose command fails unexpectedly is named, with a way to see where', async () => {
    await bench.install(one('clumsy', commandSource('Do it', 'undefined.property;')));
    const { code, stdout, stderr } = await bench.blockhost('clumsy');
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/^Unexpected error: Cannot read properties of undefined/);
    expect(stderr).to.include('fault of the plugin clumsy').and.include('BLOCKHOST_DEBUG=1');
    expect(stderr).to.not.include('commands/clumsy.js');
    expect((await bench.blockhost('clumsy', { BLOCKHOST_DEBUG: '1' })).stderr).to.include(
      'commands/clumsy.js',
    );
  });

  it('that needs another kernel refuses its commands with that reason', async () => {
    await bench.install({
      ...one('future', commandSource('Do it', '')),
      manifest: { requires: { kernel: '^99.0' } },
    });
    await expectOthersWork();
    const { code, stderr } = await bench.blockhost('future');
    expect(code).to.equal(2);
    expect(stderr).to.include('The command "future" of future is not available.').and.include('^99.0');
  });

  it('that is gone, with its link left behind, harms nobody', async () => {
    await symlink('/nowhere/plugin.json', join(bench.host.paths.share, 'plugins.d/gone.json'));
    await expectOthersWork();
  });
});
