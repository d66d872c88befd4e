import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { type HealthRecord, hasCode, isBlockhostError, type Paths, readHealth } from '@blockhost/kernel';

/** How a daemon of this host is, as far as its health file tells. */
export interface DaemonState {
  readonly id: string;
  /** `crashed`: its process is gone and it has not said goodbye. */
  readonly state: 'healthy' | 'unhealthy' | 'silent' | 'crashed' | 'stopped';
  readonly reason: string | null;
  /** ISO 8601 UTC; when it last said how it is, null when it has stopped in good order. */
  readonly seen_at: string | null;
  readonly started_at: string | null;
  readonly pid: number | null;
  readonly facts: HealthRecord['facts'];
}

/** Reads one health file; never throws. */
export async function daemonState(paths: Paths, id: string): Promise<DaemonState> {
  const last = await lastRecord(paths, id);
  const known = {
    id,
    reason: null,
    seen_at: last?.checked_at ?? null,
    started_at: last?.started_at ?? null,
    pid: last?.pid ?? null,
    facts: last?.facts,
  };
  try {
    const { healthy, reason } = await readHealth(paths, id);
    return { ...known, state: healthy ? 'healthy' : 'unhealthy', reason: reason ?? null };
  } catch (error) {
    const reason = isBlockhostError(error) ? error.message : String(error);
    if (hasCode(error, 'daemon.silent')) return { ...known, state: 'silent', reason };
    return { ...known, state: last === null ? 'stopped' : 'crashed', reason, pid: null };
  }
}

async function lastRecord(paths: Paths, id: string): Promise<HealthRecord | null> {
  try {
    return JSON.parse(await readFile(path.join(paths.run, `${id}-health.json`), 'utf8')) as HealthRecord;
  } catch {
    return null;
  }
}
