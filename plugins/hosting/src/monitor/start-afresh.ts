import type { Knex } from 'knex';

/**
 * Other contracts count their subscriptions from one again: what was done for the earlier ones keeps its record under
 * names of its own, and what was open becomes an operator's (engine.md 3.2). Runs inside the caller's transaction.
 */
export async function startAfresh(tx: Knex, now: number): Promise<void> {
  await tx('pipeline_entries').whereIn('state', ['queued', 'active']).update({
    state: 'failed',
    needs_operator: 1,
    last_error: 'This host serves other contracts now.',
    completed_at: now,
  });
  await tx('pipeline_entries')
    .whereNot('id', 'like', '%@%')
    .update({ id: tx.raw(`id || '@' || operation_id`) });
  await tx('handled_events')
    .whereNot('entry_id', 'like', '%@%')
    .update({ entry_id: tx.raw(`entry_id || '@' || transaction_hash`) });
}
