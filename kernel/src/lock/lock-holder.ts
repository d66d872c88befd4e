import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';

/** Who holds a lock. Only told to people: what a killed holder left behind locks nothing. */
export interface LockHolder {
  readonly pid: number;
  readonly purpose: string;
  /** ISO 8601, UTC. */
  readonly since: string;
}

export function writeHolder(lock: string, purpose: string): void {
  const holder: LockHolder = { pid: process.pid, purpose, since: new Date().toISOString() };
  // As no one can foresee it, no link lies there for root to write through.
  const temporary = `${fileOf(lock)}.${crypto.randomUUID()}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(holder)}\n`, { mode: 0o640, flag: 'wx' });
    renameSync(temporary, fileOf(lock));
  } catch {
    // The lock holds without it; a full disk must not turn into a lock that cannot be taken.
    rmSync(temporary, { force: true });
  }
}

export function forgetHolder(lock: string): void {
  try {
    rmSync(fileOf(lock), { force: true });
  } catch {
    // As above.
  }
}

export async function readHolder(lock: string): Promise<LockHolder | null> {
  try {
    const holder: unknown = JSON.parse(await readFile(fileOf(lock), 'utf8'));
    return isHolder(holder) ? holder : null;
  } catch {
    return null;
  }
}

function isHolder(value: unknown): value is LockHolder {
  const { pid, purpose, since } = (value ?? {}) as Partial<Record<keyof LockHolder, unknown>>;
  return typeof pid === 'number' && typeof purpose === 'string' && typeof since === 'string';
}

const fileOf = (lock: string) => `${lock}.holder`;
