import path from 'node:path';
import { acquireLock } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Host } from '../pipeline/host.js';

/** Work on all VMs that the monitor, a timer or a person may begin. */
export type RoundName = 'vm-sync' | 'vm-gc';

/** Times are milliseconds since the epoch. */
export interface RoundRecord {
  readonly dueAt: number;
  /** Of the last round that came to its end; null before the first. */
  readonly finishedAt: number | null;
  /** What that one did, for people. */
  readonly did: string | null;
  /** What a person should hear of it. */
  readonly alarm: string | null;
}

/** Long enough for a round that is about to end. */
const LOCK_WAIT_MS = 2_000;

/** One round of a kind at a time, in whatever processes: throws `lock.busy`. */
export async function alone<T>(
  name: RoundName,
  { paths }: Pick<Host, 'paths'>,
  signal: AbortSignal,
  act: () => Promise<T>,
): Promise<T> {
  using _ = await acquireLock(path.join(paths.run, `${name}.lock`), {
    timeoutMs: LOCK_WAIT_MS,
    purpose: name,
    signal,
  });
  return await act();
}

export async function readRound(database: Knex, name: RoundName): Promise<RoundRecord | null> {
  return (await readRounds(database)).get(name) ?? null;
}

export async function readRounds(database: Knex): Promise<ReadonlyMap<string, RoundRecord>> {
  const rows = await database('rounds').select();
  return new Map(
    rows.map(({ name, due_at, finished_at, did, alarm }) => [
      name,
      { dueAt: due_at, finishedAt: finished_at, did, alarm },
    ]),
  );
}

/** A round came to its end, or is only put off without `finishedAt`. */
export async function recordRound(
  database: Knex,
  name: RoundName,
  { dueAt, finishedAt, did, alarm }: Pick<RoundRecord, 'dueAt'> & Partial<RoundRecord>,
): Promise<void> {
  await database('rounds')
    .insert({ name, due_at: dueAt, ...(finishedAt && { finished_at: finishedAt, did, alarm }) })
    .onConflict('name')
    .merge();
}

/** `2 started, 1 failed`; what is none is left out. */
export function counts(of: Readonly<Record<string, readonly unknown[]>>): string {
  const told = Object.entries(of).flatMap(([what, { length }]) => (length > 0 ? [`${length} ${what}`] : []));
  return told.length > 0 ? told.join(', ') : 'nothing to do';
}
