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
    const open: Entry[] = (
      await tx('pipeline_entries').whereIn('state', ['queued', 'active']).orderBy('seq')
    ).map(toEntry);
    const active = open.find(({ state }) => state === 'active');
    if (active) return isDue(active, now) ? { entry: active } : { dueAt: active.nextAttemptAt };

    const ready = open.filter(
      (entry, index) =>
        entry.orphanedAt === null &&
        open.findIndex(({ subscriptionId }) => subscriptionId === entry.subscriptionId) === index,
    );
    const due = ready.find((entry) => isDue(entry, now));
    if (!due) return { dueAt: Math.min(...ready.map(({ nextAttemptAt }) => nextAttemptAt)) };
    await tx('pipeline_entries')
      .where({ id: due.id })
      .update(toRow({ state: 'active', updatedAt: now }));
    return { entry: { ...due, state: 'active' } };
  });
}

/** A clock that was set back must not stretch a pause: what was written in the future is due. */
function isDue({ nextAttemptAt, updatedAt }: Entry, now: number): boolean {
  return nextAttemptAt <= now || updatedAt > now;
}

/** Open entries: busy means more than none. */
export async function queueLength(database: Knex): Promise<number> {
  const [row] = await database('pipeline_entries')
    .whereIn('state', ['queued', 'active'])
    .count({ open: '*' });
  return Number(row?.open ?? 0);
}
