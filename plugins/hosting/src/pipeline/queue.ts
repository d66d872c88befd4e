import type { Knex } from 'knex';
import { type Entry, toEntry, toRow } from './entry.js';

/** What the pipeline does next: an entry to work on, or the moment to look again (`Infinity`: when woken). */
export type Next = { readonly entry: Entry } | { readonly dueAt: number };

/**
 * The active entry, else the first queued one that is due becomes active: in the order of the chain, and never before an
 * open entry of the same subscription. Entries whose event vanished step back and wait until the chain was read again.
 */
export function nextEntry(database: Knex, now: number): Promise<Next> {
  return database.transaction(async (tx) => {
    await tx('pipeline_entries')
      .where({ state: 'active' })
      .whereNotNull('orphaned_at')
      .update({ state: 'queued' });
    const row = await tx('pipeline_entries').where({ state: 'active' }).first();
    if (row) {
      const active = toEntry(row);
      return isDue(active, now) ? { entry: active } : { dueAt: active.nextAttemptAt };
    }
    const due = await ready(tx)
      .where((query) => query.where('next_attempt_at', '<=', now).orWhere('updated_at', '>', now))
      .orderBy('seq')
      .first();
    if (!due) {
      const first = await ready(tx).min({ dueAt: 'next_attempt_at' }).first();
      return { dueAt: first?.dueAt ?? Number.POSITIVE_INFINITY };
    }
    const entry: Entry = { ...toEntry(due), state: 'active' };
    await tx('pipeline_entries')
      .where({ id: entry.id })
      .update(toRow({ state: 'active', updatedAt: now }));
    return { entry };
  });
}

/** Queued entries whose turn it is within their subscription. */
function ready(tx: Knex) {
  return tx('pipeline_entries as entry')
    .where({ state: 'queued', orphaned_at: null })
    .whereNotExists((query) =>
      query
        .select(tx.raw('1'))
        .from('pipeline_entries as earlier')
        .whereRaw('earlier.subscription_id = entry.subscription_id and earlier.seq < entry.seq')
        .whereIn('earlier.state', ['queued', 'active']),
    );
}

export async function hasActiveEntry(database: Knex): Promise<boolean> {
  return (await database('pipeline_entries').where({ state: 'active' }).first('seq')) !== undefined;
}

/** Is there one to work on at this moment, and not only one that waits for something outside? */
export async function hasDueEntry(database: Knex, now: number): Promise<boolean> {
  const due = database('pipeline_entries').whereIn('state', ['queued', 'active']);
  return (await due.where('next_attempt_at', '<=', now).first('seq')) !== undefined;
}

/** Open entries: busy means more than none. */
export async function queueLength(database: Knex): Promise<number> {
  const [row] = await database('pipeline_entries')
    .whereIn('state', ['queued', 'active'])
    .count({ open: '*' });
  return Number(row?.open ?? 0);
}

/** A clock that was set back must not stretch a pause: what was written in the future is due. */
function isDue({ nextAttemptAt, updatedAt }: Entry, now: number): boolean {
  return nextAttemptAt <= now || updatedAt > now;
}
