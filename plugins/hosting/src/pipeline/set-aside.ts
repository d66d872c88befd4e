import type { Knex } from 'knex';
import type { Entry } from './entry.js';

/** `failedStage` of an entry whose event vanished from the chain after it had an effect: only a person decides on it. */
export const VANISHED = 'vanished';

/**
 * A purchase vanished from the chain, whose number another one may get: its creation goes on under a name of its own, for
 * an operator, and what extended or cancelled it on the lost blocks goes.
 */
export async function setAside(tx: Knex, { id, operationId, subscriptionId }: Entry): Promise<void> {
  const aside = `${id}@${operationId}`;
  await tx('pipeline_entries').where({ id }).update({ id: aside });
  await tx('handled_events').where({ entry_id: id }).update({ entry_id: aside });
  await forget(
    tx,
    tx('pipeline_entries')
      .where({ subscription_id: subscriptionId })
      .whereNot({ kind: 'create' })
      .whereNotNull('orphaned_at'),
  );
}

/** It belongs to a purchase that vanished from the chain: nobody but an operator goes on with it. */
export function isAside({ id, operationId }: Pick<Entry, 'id' | 'operationId'>): boolean {
  return id.endsWith(`@${operationId}`);
}

/** Entries and their events leave as if never seen. */
export async function forget(tx: Knex, entries: Knex.QueryBuilder): Promise<void> {
  await tx('handled_events').whereIn('entry_id', entries.clone().select('id')).delete();
  await entries.delete();
}
