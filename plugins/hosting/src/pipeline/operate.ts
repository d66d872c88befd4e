import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { closeEntry, type Entry, findEntry, toRow, updateEntry } from './entry.js';

/** What an operator does to entries (engine.md 3.9); each is one transaction beside a running monitor. */
export async function requireEntry(database: Knex, id: string): Promise<Entry> {
  const entry = await findEntry(database, id);
  if (entry) return entry;
  throw new BlockhostError('pipeline.no-such-entry', `The pipeline has no entry "${id}".`, {
    remedy: 'List the entries with `blockhost pipeline list`.',
    exitCode: 3,
  });
}

/** A failed entry goes on at the stage that failed; one that waits is due at once. */
export function retryEntry(database: Knex, id: string, now: number): Promise<void> {
  return database.transaction(async (tx) => {
    const { state } = await requireEntry(tx, id);
    if (state === 'done' || state === 'cancelled') throw wrongState(id, state, 'There is nothing to retry.');
    await updateEntry(
      tx,
      id,
      {
        attempts: 0,
        nextAttemptAt: 0,
        requeues: 0,
        ...(state === 'failed' && {
          state: 'queued',
          failedStage: null,
          needsOperator: false,
          completedAt: null,
        }),
      },
      now,
    );
  });
}

/**
 * What the reconciler does to a failed entry: it goes on at the stage that failed, with one more try counted. An operator
 * stays called until it has succeeded. False when it is not failed any more.
 */
export function requeueEntry(database: Knex, id: string, now: number): Promise<boolean> {
  return database.transaction(async (tx) => {
    const entry = await findEntry(tx, id);
    if (entry?.state !== 'failed' || entry.orphanedAt !== null) return false;
    const requeued = { state: 'queued', failedStage: null, completedAt: null } as const;
    const requeues = entry.requeues + 1;
    await updateEntry(tx, id, { ...requeued, attempts: 0, nextAttemptAt: 0, requeues }, now);
    return true;
  });
}

/** A failed entry that nobody tries any more is handed to a person. */
export async function callOperator(database: Knex, id: string, reason: string, now: number): Promise<void> {
  await database('pipeline_entries')
    .where({ id, state: 'failed' })
    .update(toRow({ needsOperator: true, lastError: reason, updatedAt: now }));
}

/** The entry is over without being done; one that is worked on right now is not touched. */
export function dropEntry(database: Knex, id: string, now: number): Promise<void> {
  return database.transaction(async (tx) => {
    const { state } = await requireEntry(tx, id);
    if (state === 'active') throw wrongState(id, state, 'Wait until the monitor has put it aside.');
    if (state === 'done') throw wrongState(id, state, 'There is nothing to drop.');
    await closeEntry(tx, id, { state: 'cancelled', needsOperator: false }, now);
  });
}

function wrongState(id: string, state: string, remedy: string): BlockhostError {
  return new BlockhostError('pipeline.wrong-state', `The entry "${id}" is ${state}.`, {
    remedy,
    exitCode: 5,
  });
}
