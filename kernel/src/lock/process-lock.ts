import { closeSync, constants, fchmodSync, fchownSync, linkSync, openSync, rmSync, statSync } from 'node:fs';
import { access, lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { makeFolder } from '../config/make-folder.js';
import { diskRemedy } from '../config/unwritable.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { forgetHolder, readHolder, writeHolder } from './lock-holder.js';

/** A held lock. Releasing twice is harmless. */
export interface ProcessLock {
  release(): void;
  [Symbol.dispose](): void;
}

export interface LockOptions {
  /** Milliseconds to wait for another holder; 0 tries once. */
  readonly timeoutMs: number;
  /** What it is held for, in a few words; told to whoever finds it busy. */
  readonly purpose: string;
  readonly signal?: AbortSignal;
}

const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 50;

/**
 * Exclusive lock between processes, by file.
 *
 * Node has no `flock`, and a lock file that merely exists outlives a killed holder. So the lock is the one SQLite takes
 * with `BEGIN EXCLUSIVE` on an empty database at `path`: an operating system lock (fcntl) that ends with its holder,
 * however that dies. Handles of one process exclude each other as well. The file itself stays empty and is never removed:
 * removing it would let two processes hold "the same" lock. Nor may anything else open it: closing any descriptor of it
 * would drop the lock of the whole process (POSIX), which is why the holder's name lies beside it in `path.holder`.
 *
 * Throws `lock.busy` with the holder's pid and purpose, `lock.unusable`, or the reason of an aborted signal.
 */
export async function acquireLock(path: string, options: LockOptions): Promise<ProcessLock> {
  const deadline = performance.now() + options.timeoutMs;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    options.signal?.throwIfAborted();
    const lock = await tryLock(path, options.purpose);
    if (lock) return lock;
    if (performance.now() >= deadline) throw await busy(path, options.timeoutMs);
    // Jitter, so that many waiters do not knock in step.
    await wait(pause * (0.5 + Math.random()), undefined, { signal: options.signal }).catch(() => {});
  }
}

/** As {@link acquireLock}, but a busy lock is `null` at once. */
export async function tryLock(path: string, purpose: string): Promise<ProcessLock | null> {
  const database = await open(path);
  try {
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    if (isBusy(cause)) return null;
    throw unusable(path, cause);
  }
  writeHolder(path, purpose);
  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    forgetHolder(path);
    database.close();
  };
  return { release, [Symbol.dispose]: release };
}

async function open(path: string): Promise<Database> {
  const { default: Sqlite } = await import('better-sqlite3');
  try {
    await makeFolder(dirname(path), 0o750);
    const present = await lstat(path).catch(() => null);
    if (present && !present.isFile()) throw new Error('it is not a regular file');
    if (!present) create(path);
    // Without the right to write, SQLite would open it for reading, say that it is locked, and lock nothing.
    await access(path, constants.W_OK);
    return new Sqlite(path, { timeout: 0, fileMustExist: true });
  } catch (cause) {
    throw unusable(path, cause);
  }
}

/**
 * Readable and writable for the folder's group before anybody finds it: what root locks, the service locks as well. Its
 * passing name is nobody's to foresee, because root would write through a link that the service has put there.
 */
function create(path: string): void {
  const temporary = `${path}.${crypto.randomUUID()}.new`;
  const file = openSync(temporary, 'wx', 0o600);
  try {
    if (process.geteuid?.() === 0) fchownSync(file, 0, statSync(dirname(path)).gid);
    fchmodSync(file, 0o660);
    linkSync(temporary, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    // In one go with the link: later, closing it would drop a lock that this process holds on it.
    closeSync(file);
    rmSync(temporary, { force: true });
  }
}

function isBusy(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('SQLITE_BUSY') || code.startsWith('SQLITE_LOCKED');
}

function unusable(path: string, cause: unknown): BlockhostError {
  return new BlockhostError('lock.unusable', `The lock file ${path} cannot be used.`, {
    cause,
    remedy:
      diskRemedy(cause, dirname(path)) ??
      'Check that its folder exists, is writable for this account and on a local file system.',
  });
}

async function busy(path: string, waitedMs: number): Promise<BlockhostError> {
  const holder = await readHolder(path);
  const who = holder ? `process ${holder.pid} (${holder.purpose})` : 'another process';
  return new BlockhostError('lock.busy', `${path} is held by ${who}.`, {
    remedy: 'Wait until it is done, or stop that process.',
    facts: {
      waited_ms: waitedMs,
      ...(holder ? { pid: holder.pid, purpose: holder.purpose, since: holder.since } : {}),
    },
  });
}
