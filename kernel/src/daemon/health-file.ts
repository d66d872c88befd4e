import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomic } from '../config/write-file-atomic.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Paths } from '../ports/paths.js';

/** How a daemon was when it was last asked: the content of `$RUN/<id>-health.json`. */
export interface HealthRecord {
  readonly healthy: boolean;
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
  /** The daemon's last status line. */
  readonly status: string;
  readonly pid: number;
  /** ISO 8601, UTC. */
  readonly started_at: string;
  /** ISO 8601, UTC. */
  readonly checked_at: string;
  /** Milliseconds between two checks: a record older than three of these is stale. */
  readonly interval_ms: number;
}

export async function writeHealth(paths: Paths, id: string, record: HealthRecord): Promise<void> {
  await writeFileAtomic(healthFile(paths, id), `${JSON.stringify(record, null, 2)}\n`, 0o640);
}

/**
 * The record of a daemon that runs. Throws `daemon.not-running` when there is none or its process is gone, and
 * `daemon.silent` when it is stale.
 */
export async function readHealth(paths: Paths, id: string, now = Date.now()): Promise<HealthRecord> {
  const record = await readRecord(healthFile(paths, id));
  if (!record || !isAlive(record.pid))
    throw new BlockhostError('daemon.not-running', `The daemon "${id}" is not running.`, {
      remedy: `Start it: blockhost daemon ${id}`,
    });
  const age = now - Date.parse(record.checked_at);
  if (age > 3 * record.interval_ms)
    throw new BlockhostError(
      'daemon.silent',
      `The daemon "${id}" has not answered for ${Math.round(age / 1_000)} s.`,
      {
        remedy: 'Look at its log; when it hangs, restart it.',
        facts: { pid: record.pid },
      },
    );
  return record;
}

export const healthFile = (paths: Paths, id: string): string => join(paths.run, `${id}-health.json`);

async function readRecord(path: string): Promise<HealthRecord | null> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as HealthRecord;
  } catch {
    return null;
  }
}

/** A process of another account cannot be signalled, but it is there. */
function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
