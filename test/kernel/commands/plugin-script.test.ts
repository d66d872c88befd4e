import { cp, readFile, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect } from 'chai';
import { Bench, ended, node, tree } from './launcher.js';

describe('the script of a plugin', function () {
  this.timeout(60_000);
  let bench: Bench;
  let home: string;
  beforeEach(async () => {
    const built = await ended(node, [join(tree, 'kernel/scripts/command-manifests.mjs')]);
    expect(built.code, built.stderr).to.equal(0);
    bench = await Bench.make();
    home = join(bench.folder, 'installer');
    await cp(join(tree, 'plugins/installer'), home, { recursive: true, preserveTimestamps: true });
    await symlink(join(tree, 'node_modules'), join(bench.folder, 'node_modules'));
    await symlink(join(home, 'plugin.json'), join(bench.host.paths.share, 'plugins.d/installer.json'));
  });
  afterEach(async () => {
    await bench.dispose();
  });

  /** Paths below the plugin's folder. */
  async function filesRun(): Promise<string[]> {
    const below = `${pathToFileURL(home)}/`;
    const files = await bench.modulesOf('setup --status');
    return files.filter((url) => url.startsWith(below)).map((url) => url.slice(below.length));
  }

  it('is all that a command runs of it', async () => {
    const files = await filesRun();
    expect(files).to.have.lengthOf(1);
    expect(files[0]).to.match(/^dist\/bundled\/installer-[0-9a-f]{16}\.cjs$/);
  });

  it('is left aside once the compiler wrote something', async () => {
    const later = new Date(Date.now() + 60_000);
    await utimes(join(home, 'tsconfig.tsbuildinfo'), later, later);
    const files = await filesRun();
    expect(files).to.include('dist/commands/setup.js');
    expect(files.filter((file) => file.startsWith('dist/bundled/'))).to.deep.equal([]);
  });

  it('is left aside when it was built with another kernel', async () => {
    const file = join(home, 'dist/bundled/bundle.json');
    const described = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...described, core: 'core-0000000000000000.cjs' }));
    const files = await filesRun();
    expect(files).to.include('dist/commands/setup.js');
    expect(files.filter((file) => file.startsWith('dist/bundled/'))).to.deep.equal([]);
  });
});
