import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { ended, launcher, tree, watchingFiles } from './launcher.js';

/** Writes down every file that the process runs, when it ends. */
const recorder = `
import { writeFileSync } from 'node:fs';
${watchingFiles('(url) => files.push(url)')}
const files = [];
process.on('exit', () => writeFileSync(process.env.IMPORTED, JSON.stringify(files)));
`;

describe('what a command imports', function () {
  this.timeout(60_000);
  let folder: string;
  let host: HostRoot;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-imports-'));
    await writeFile(join(folder, 'recorder.mjs'), recorder);
    const plugins = ['engine-evm', 'provisioner-sandbox', 'hosting', 'installer'];
    host = await makeHostRoot({ plugins: plugins.map((name) => join(tree, 'plugins', name)) });
  });
  after(async () => {
    await host.dispose();
    await rm(folder, { recursive: true });
  });

  /** Files below the source tree, by their path. */
  async function importedBy(...line: string[]): Promise<string[]> {
    const report = join(folder, 'imported.json');
    const { code, stderr } = await ended(launcher, line, {
      env: {
        ...process.env,
        BLOCKHOST_ROOT: host.root,
        IMPORTED: report,
        NODE_OPTIONS: `--import=${pathToFileURL(join(folder, 'recorder.mjs'))}`,
      },
      cwd: folder,
    });
    expect(code, stderr).to.equal(0);
    const files = JSON.parse(await readFile(report, 'utf8')) as string[];
    const below = pathToFileURL(tree).href;
    return files.filter((url) => url.startsWith(below)).map((url) => url.slice(below.length + 1));
  }

  const packages = (files: readonly string[]) =>
    new Set(files.flatMap((file) => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file)?.[1] ?? []));

  it('is nothing of a plugin and of a library only one file, when the command is the kernel’s', async () => {
    const files = await importedBy('plugins', 'list');
    expect(files.filter((file) => file.startsWith('plugins/'))).to.deep.equal([]);
    expect([...packages(files)]).to.deep.equal([]);
    expect(files.filter((file) => /knex|connect-/.test(file))).to.deep.equal([]);
  });

  it('is no file that checks manifests, when all plugins were built together with the kernel', async () => {
    const files = await importedBy('--version');
    expect(files.filter((file) => /validators|check-manifest|semver/.test(file))).to.deep.equal([]);
  });

  it('is nothing that a plugin nobody asked for has, and the database’s driver at most', async () => {
    const files = await importedBy('pipeline', 'list');
    expect(files.filter((file) => /^plugins\/(?:engine|provisioner)/.test(file))).to.deep.equal([]);
    expect([...packages(files)]).to.deep.equal(['better-sqlite3']);
    expect(files.filter((file) => /knex|connect-/.test(file))).not.to.deep.equal([]);
    expect(files.filter((file) => /\bajv/.test(file))).to.deep.equal([]);
  });
});
