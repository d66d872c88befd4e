import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acquireLock, hasCode, isBlockhostError, tryLock } from '@blockhost/kernel';
import { expect } from 'chai';
import { StartedProcess } from '../daemon/started-process.js';

describe('acquireLock', function () {
  this.timeout(60_000);
  let folder: string;
  let lock: string;
  const children: StartedProcess[] = [];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'blockhost-lock-'));
    lock = join(folder, 'wallet.lock');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) await child.end();
    rmSync(folder, { recursive: true, force: true });
  });

  function child(...args: string[]): StartedProcess {
    const program = join(import.meta.dirname, 'lock-child.js');
    const started = new StartedProcess(process.execPath, [program, ...args], { PATH: process.env.PATH });
    children.push(started);
    return started;
  }

  const failure = (work: Promise<unknown>) =>
    work.then(
      () => null,
      (error: unknown) => error,
    );

  it('loses none of the increments that 20 processes make at once', async () => {
    const file = join(folder, 'number');
    writeFileSync(file, '0');
    const counting = Array.from({ length: 20 }, () => child('count', lock, file, '10'));
    const codes = await Promise.all(counting.map(async ({ ended }) => (await ended).code));
    expect(codes).to.deep.equal(Array(20).fill(0));
    expect(readFileSync(file, 'utf8')).to.equal('200');
  });

  it('writes through no link that whoever may write in its folder can have put there', async () => {
    const victim = join(folder, 'shadow');
    writeFileSync(victim, 'root:*', { mode: 0o600 });
    for (const place of [`${lock}.${process.pid}.new`, `${lock}.holder.${process.pid}`, `${lock}.holder`])
      symlinkSync(victim, place);
    const held = await acquireLock(lock, { timeoutMs: 0, purpose: 'moving money' });
    expect(readFileSync(`${lock}.holder`, 'utf8')).to.include('moving money');
    held.release();
    expect(readFileSync(victim, 'utf8')).to.equal('root:*');
    expect(statSync(victim).mode & 0o777).to.equal(0o600);
  });

  it('is free as soon as its holder is killed', async () => {
    const holder = child('hold', lock);
    await holder.line(/held/);
    expect(await tryLock(lock, 'test')).to.equal(null);
    const waiting = acquireLock(lock, { timeoutMs: 10_000, purpose: 'next' });
    holder.kill('SIGKILL');
    (await waiting).release();
  });

  it('names the holder and its purpose when it stays busy', async () => {
    const holder = child('hold', lock);
    await holder.line(/held/);
    const error = await failure(acquireLock(lock, { timeoutMs: 50, purpose: 'test' }));
    expect(hasCode(error, 'lock.busy')).to.equal(true);
    expect(isBlockhostError(error) && error.sentence).to.contain(`process ${holder.pid} (a long job)`);
  });

  it('excludes a second holder in the same process, and lets it in after the release', async () => {
    const first = await acquireLock(lock, { timeoutMs: 0, purpose: 'first' });
    expect(await tryLock(lock, 'second')).to.equal(null);
    first.release();
    first.release();
    const second = await tryLock(lock, 'second');
    expect(second).to.not.equal(null);
    second?.release();
  });

  it('gives up waiting with the reason of the abort', async () => {
    using _ = await acquireLock(lock, { timeoutMs: 0, purpose: 'first' });
    const controller = new AbortController();
    const reason = new Error('stopping');
    const waiting = failure(
      acquireLock(lock, { timeoutMs: 60_000, purpose: 'x', signal: controller.signal }),
    );
    controller.abort(reason);
    expect(await waiting).to.equal(reason);
  });

  describe('between root and the service account', () => {
    const NOBODY = 65_534;
    const isRoot = process.geteuid?.() === 0;
    /** As `nobody`; who is not root plays the service by itself. */
    function service(...args: string[]): StartedProcess {
      const program = join(import.meta.dirname, 'lock-child.js');
      const argv = [process.execPath, program, ...args];
      const account = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
      const started = isRoot
        ? new StartedProcess('setpriv', [...account, ...argv], { PATH: process.env.PATH })
        : new StartedProcess(process.execPath, [program, ...args], { PATH: process.env.PATH });
      children.push(started);
      return started;
    }
    beforeEach(() => {
      if (isRoot) chownSync(folder, 0, NOBODY);
      chmodSync(folder, 0o1770);
    });

    it('excludes the service from the service also when root made the file', async () => {
      (await acquireLock(lock, { timeoutMs: 0, purpose: 'root' })).release();
      expect(statSync(lock).mode & 0o777).to.equal(0o660);
      const holder = service('hold', lock);
      await holder.line(/held/);
      expect(await tryLock(lock, 'root again')).to.equal(null);
      const second = service('try', lock);
      expect((await second.line(/.+/))[0]).to.equal('busy');
    });

    it('refuses a file that can only be read, which would lock nothing', async () => {
      writeFileSync(lock, '');
      chmodSync(lock, 0o444);
      expect((await service('try', lock).line(/.+/))[0]).to.equal('lock.unusable');
    });
  });

  it('does not follow a symbolic link', async () => {
    writeFileSync(join(folder, 'elsewhere'), '');
    symlinkSync('elsewhere', lock);
    const error = await failure(tryLock(lock, 'test'));
    expect(hasCode(error, 'lock.unusable')).to.equal(true);
  });

  it('says so when the lock file is something else', async () => {
    writeFileSync(lock, 'not a lock '.repeat(100));
    expect(hasCode(await failure(tryLock(lock, 'test')), 'lock.unusable')).to.equal(true);
  });
});
