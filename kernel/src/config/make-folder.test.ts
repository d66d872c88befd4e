import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFolder } from './make-folder.js';

describe('makeFolder', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'blockhost-folder-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const refusal = (path: string) => makeFolder(path, 0o750).catch((error: unknown) => error);

  it('makes what is missing above, with the mode, and leaves what exists as it is', async () => {
    await makeFolder(join(folder, 'a/b'), 0o750);
    await makeFolder(join(folder, 'a'), 0o700);
    expect((await stat(join(folder, 'a'))).mode & 0o777).to.equal(0o750);
    expect((await stat(join(folder, 'a/b'))).isDirectory()).to.equal(true);
  });

  it('refuses at once where no folder can be made', async () => {
    expect(await refusal('/proc/nowhere/a/b')).to.have.property('code', 'file.unwritable');
  });

  it('refuses below a file', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await refusal(join(folder, 'file/a'))).to.have.property('code', 'file.unwritable');
  });
});
