import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../config/write-file-atomic.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { readHolder } from '../lock/lock-holder.js';
import { tryLock } from '../lock/process-lock.js';
import type { Paths } from '../ports/paths.js';

/** The right to be the one running daemon of a name. */
export interface Instance {
  release(): Promise<void>;
}

/**
 * Takes `$RUN/<id>.lock` and writes `$RUN/<id>.pid` for people and other programs. Only the lock decides: a pid file left
 * by a killed process means nothing, also when its number is in use again (specification engine.md 3.1).
 *
 * Throws `daemon.already-running`.
 */
export async function claimInstance(paths: Paths, id: string): Promise<Instance> {
  const path = join(paths.run, `${id}.lock`);
  const lock = await tryLock(path, `daemon ${id}`);
  if (!lock) {
    const holder = await readHolder(path);
    throw new BlockhostError('daemon.already-running', `The daemon "${id}" is already running.`, {
      remedy: 'Stop the running one first.',
      ...(holder ? { facts: { pid: holder.pid, since: holder.since } } : {}),
    });
  }
  const pidFile = join(paths.run, `${id}.pid`);
  try {
    await writeFileAtomic(pidFile, `${process.pid}\n`, 0o640);
  } catch (error) {
    lock.release();
    throw error;
  }
  return {
    async release() {
      await rm(pidFile, { force: true }).catch(() => {});
      lock.release();
    },
  };
}
