import { sentenceOf } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { type Entry, toEntry, updateEntry } from '../pipeline/entry.js';
import type { Host } from '../pipeline/host.js';

const BEFORE_VM = ['received', 'decrypted', 'token_reserved'];

/** The chain lost the blocks above `height`: what came from them waits until it was read again up to `readTo`. */
export async function markOrphans(tx: Knex, height: number, readTo: number): Promise<number> {
  return tx('pipeline_entries')
    .where('height', '>', height)
    .where((query) => query.whereIn('state', ['queued', 'active']).orWhere({ kind: 'create', state: 'done' }))
    .update({ orphaned_at: readTo });
}

/**
 * Decides on entries whose event did not come back although the chain was read as far as before: without a VM they are
 * dropped as if never seen, with one the subscription itself is asked, and an operator if that is gone.
 */
export async function settleOrphans(host: Host, readTo: number): Promise<void> {
  const { database, log } = host;
  const orphans: Entry[] = (
    await database('pipeline_entries').whereNotNull('orphaned_at').where('orphaned_at', '<=', readTo)
  ).map(toEntry);
  for (const entry of orphans)
    try {
      await settle(entry, host);
    } catch (error) {
      log.warn('an entry of a lost block cannot be judged yet', {
        entry: entry.id,
        reason: sentenceOf(error),
      });
    }
}

async function settle(entry: Entry, { database, vms, chain, clock, log }: Host): Promise<void> {
  if (entry.kind !== 'create' || BEFORE_VM.includes(entry.stage)) {
    const record = entry.kind === 'create' ? await vms.get(entry.vmName) : null;
    if (record?.operationId !== entry.operationId) {
      if (entry.kind === 'create') await vms.markTokenFailed(entry.vmName);
      await database.transaction(async (tx) => {
        await tx('handled_events').where({ entry_id: entry.id }).delete();
        await tx('pipeline_entries').where({ id: entry.id }).delete();
      });
      log.warn('an entry was dropped: its event is no longer on the chain', { entry: entry.id });
      return;
    }
  }
  const subscription = await chain.subscriptions.get(BigInt(entry.subscriptionId));
  if (subscription.kind === 'unknown') return;
  if (
    subscription.kind === 'present' &&
    chain.addresses.same(subscription.value.subscriber, entry.subscriber)
  ) {
    await updateEntry(database, entry.id, { orphanedAt: null }, clock.now());
    return;
  }
  log.error('a VM stands whose purchase vanished from the chain', { entry: entry.id, vm: entry.vmName });
  await updateEntry(
    database,
    entry.id,
    {
      state: 'failed',
      orphanedAt: null,
      needsOperator: true,
      lastError: 'The purchase vanished from the chain after the VM was made.',
      failedStage: entry.stage,
      completedAt: clock.now(),
    },
    clock.now(),
  );
}
