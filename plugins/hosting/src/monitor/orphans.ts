import { type ChainEngine, type Presence, type Subscription, sentenceOf } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { type Entry, type EntryKind, toEntry, updateEntry } from '../pipeline/entry.js';
import type { Host } from '../pipeline/host.js';
import { forget, setAside, VANISHED } from '../pipeline/set-aside.js';

/**
 * The chain lost the blocks above `height`: what came from them waits until it was read again up to `readTo`. A creation
 * does not stop for a cancellation that may have vanished; it asks anew when it comes back.
 */
export async function markOrphans(tx: Knex, height: number, readTo: number): Promise<number> {
  const orphans = tx('pipeline_entries').where('height', '>', height);
  await tx('pipeline_entries')
    .whereIn('subscription_id', orphans.clone().where({ kind: 'cancel' }).select('subscription_id'))
    .where({ kind: 'create' })
    .whereIn('state', ['queued', 'active', 'failed'])
    .update({ cancel_requested: 0 });
  const later = tx.raw('case when orphaned_at > ? then orphaned_at else ? end', [readTo, readTo]);
  return orphans.update({ orphaned_at: later });
}

/**
 * Decides on entries whose event did not come back although the chain was read as far as before: what had no effect is
 * dropped as if never seen, else the subscription itself is asked, and an operator when it disagrees. What is worked on
 * at this moment is judged later.
 */
export async function settleOrphans(host: Host, readTo: number): Promise<void> {
  const { database, log } = host;
  const orphans: Entry[] = (
    await database('pipeline_entries')
      .whereNotNull('orphaned_at')
      .where('orphaned_at', '<=', readTo)
      .whereNot({ state: 'active' })
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

async function settle(entry: Entry, host: Host): Promise<void> {
  if (!(await hadEffect(entry, host))) return drop(entry, host);
  const { database, chain, clock, log } = host;
  const subscription = await chain.subscriptions.get(BigInt(entry.subscriptionId));
  if (subscription.kind === 'unknown') return;
  if (agrees[entry.kind](entry, subscription, chain)) {
    await updateEntry(database, entry.id, { orphanedAt: null }, clock.now());
    return;
  }
  const lastError = LOST[entry.kind];
  log.error(lastError, { entry: entry.id, vm: entry.vmName });
  const now = clock.now();
  const verdict = { state: 'failed', needsOperator: true, failedStage: VANISHED, lastError } as const;
  await database.transaction(async (tx) => {
    await updateEntry(tx, entry.id, { ...verdict, orphanedAt: null, completedAt: now }, now);
    if (entry.kind === 'create') await setAside(tx, entry);
  });
}

/** A creation has had one as soon as its VM may stand; the others only when they were carried out. */
async function hadEffect(entry: Entry, { vms }: Host): Promise<boolean> {
  if (entry.kind !== 'create') return entry.completedAt !== null;
  return (await vms.get(entry.vmName))?.operationId === entry.operationId;
}

async function drop(entry: Entry, { database, vms, log }: Host): Promise<void> {
  if (entry.kind === 'create') await vms.markTokenFailed(entry.vmName);
  await database.transaction(async (tx) => {
    if (entry.kind === 'create') await setAside(tx, entry);
    await forget(tx, tx('pipeline_entries').where({ operation_id: entry.operationId }));
  });
  log.warn('an entry was dropped: its event is no longer on the chain', { entry: entry.id });
}

/** Does the chain, as it is now, bear out what was done? */
const agrees: Record<
  EntryKind,
  (entry: Entry, subscription: Presence<Subscription>, chain: ChainEngine) => boolean
> = {
  create: ({ subscriber }, found, { addresses }) =>
    found.kind === 'present' && addresses.same(found.value.subscriber, subscriber),
  extend: ({ expiresAt }, found) =>
    found.kind === 'present' && expiresAt !== null && found.value.expiresAt >= expiresAt,
  cancel: (_, found) => found.kind !== 'present' || found.value.cancelled,
};

const LOST: Readonly<Record<EntryKind, string>> = {
  create: 'The purchase vanished from the chain after the VM was made.',
  extend: 'The extension vanished from the chain after the VM was given the time.',
  cancel: 'The cancellation vanished from the chain after it was carried out.',
};
