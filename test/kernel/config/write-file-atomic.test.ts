import { spawnSync } from 'node:child_process';
import {
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeFileAtomic } from '@blockhost/kernel';
import { expect } from 'chai';

const isRoot = process.getuid?.() === 0;
const mayMount = isRoot && spawnSync('unshare', ['--mount', 'true']).status === 0;

/** Writes 100,000 bytes to the file it is given; prints the error and what the folder holds afterwards. */
const WRITER = `
import { readdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { writeFileAtomic } from '@blockhost/kernel';
const path = process.env.TARGET;
const error = await writeFileAtomic(path, 'x'.repeat(100_000), 0o640).catch((error) => error);
const { code, remedy, cause } = error ?? {};
console.log(JSON.stringify({
  code, remedy, cause: cause?.code, files: readdirSync(dirname(path)), content: readFileSync(path, 'utf8'),
}));
`;

describe('writeFileAtomic', function () {
  this.timeout(20_000);
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'blockhost-write-'));
    file = join(folder, 'a.json');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  /** Runs the writer behind a shell line and answers what it printed. */
  function write(prepare: string, wrapper: readonly string[] = []) {
    const [program = '', ...args] = [
      ...wrapper,
      'sh',
      '-c',
      `${prepare} && exec "$0" --input-type=module --eval "$1"`,
      process.execPath,
      WRITER,
    ];
    const { stdout, stderr } = spawnSync(program, args, {
      cwd: import.meta.dirname,
      env: { PATH: process.env.PATH, FOLDER: folder, TARGET: file },
      encoding: 'utf8',
      timeout: 15_000,
    });
    if (stdout === '') throw new Error(stderr);
    return JSON.parse(stdout);
  }

  it(`keeps the owner of the file it replaces, and its own mode${isRoot ? '' : ' (skipped: only root can give files away)'}`, async function () {
    if (!isRoot) this.skip();
    writeFileSync(file, 'old');
    chownSync(file, 4_321, 1_234);
    await writeFileAtomic(file, 'new', 0o640);
    const { uid, gid, mode } = statSync(file);
    expect({ uid, gid, mode: mode & 0o7777 }).to.deep.equal({ uid: 4_321, gid: 1_234, mode: 0o640 });
    expect(readFileSync(file, 'utf8')).to.equal('new');
  });

  it(`gives a new file of root the group of its folder${isRoot ? '' : ' (skipped: only root can give files away)'}`, async function () {
    if (!isRoot) this.skip();
    const shared = join(folder, 'shared');
    mkdirSync(shared);
    chownSync(shared, 0, 1_234);
    await writeFileAtomic(join(shared, 'b.json'), 'new', 0o640);
    const { uid, gid } = statSync(join(shared, 'b.json'));
    expect({ uid, gid }).to.deep.equal({ uid: 0, gid: 1_234 });
    expect(readdirSync(shared)).to.deep.equal(['b.json']);
  });

  it(`leaves the old file and nothing else on a full disk, and says so${mayMount ? '' : ' (skipped: only root can mount a small one)'}`, function () {
    if (!mayMount) this.skip();
    // The mount belongs to the child's own namespace and ends with it.
    const prepare = 'mount -t tmpfs -o size=64k tmpfs "$FOLDER" && printf old > "$TARGET"';
    expect(write(prepare, ['unshare', '--mount'])).to.deep.equal({
      code: 'file.unwritable',
      remedy: `Free space on the file system of ${folder}.`,
      cause: 'ENOSPC',
      files: ['a.json'],
      content: 'old',
    });
  });

  it('leaves the old file and nothing else when the new one may not become that large', () => {
    // In blocks of 512 bytes.
    expect(write('printf old > "$TARGET" && ulimit -f 100')).to.deep.include({
      code: 'file.unwritable',
      cause: 'EFBIG',
      files: ['a.json'],
      content: 'old',
    });
  });
});
