import type { ChainEvent } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { closeEntry, type Entry, type EntryKind, findEntry, toEntry, toRow, updateEntry } from './entry.js';

export type OrderEvent = Extract<
  ChainEvent,
  { type: 'subscription-created' | 'subscription-extended' | 'subscription-cancelled' }
>;

export type Enqueued = 'queued' | 'merged' | 'cancelled' | 'revived' | 'duplicate';

/**
 * Takes one event into the pipeline, inside the caller's transaction. The same event read again, also from another block
 * after a reorganisation, is a `duplicate`.
 */
export async function enqueue(tx: Knex, event: OrderEvent, now: number): Promise<Enqueued> {
  const fresh = draft(event);
  const known = await findEntry(tx, fresh.id);
  if (known) return known.orphanedAt === null ? 'duplicate' : revive(tx, known, fresh, now);
  if (await wasHandled(tx, event, fresh.id)) return 'duplicate';
  if (fresh.kind === 'create' && (await hasCredential(tx, fresh.vmName))) return 'duplicate';

  await tx('handled_events').insert({
    transaction_hash: event.transactionHash,
    log_index: event.logIndex,
    entry_id: fresh.id,
    height: event.height,
  });
  const creation = fresh.kind === 'create' ? null : await openCreation(tx, fresh.subscriptionId);
  if (creation && fresh.kind === 'extend' && fresh.expiresAt !== null) {
    const later = Math.max(creation.supersededExpiresAt ?? 0, fresh.expiresAt);
    await updateEntry(tx, creation.id, { supersededExpiresAt: later }, now);
    return 'merged';
  }
  if (creation && fresh.kind === 'cancel') {
    if (creation.state === 'queued' && creation.stage === 'received') {
      await closeEntry(tx, creation.id, { state: 'cancelled' }, now);
      return 'cancelled';
    }
    // It stops after its present stage; the entry of the cancellation then destroys what it made.
    await updateEntry(tx, creation.id, { cancelRequested: true }, now);
  }
  await tx('pipeline_entries').insert(
    toRow({ ...fresh, operationId: crypto.randomUUID(), receivedAt: now, updatedAt: now }),
  );
  return 'queued';
}

/** Name of a subscription's VM (engine.md 3.3). */
export function vmNameOf(subscriptionId: bigint): string {
  return `blockhost-${String(subscriptionId).padStart(3, '0')}`;
}

type Draft = Pick<
  Entry,
  | 'id'
  | 'kind'
  | 'subscriptionId'
  | 'planId'
  | 'subscriber'
  | 'expiresAt'
  | 'vmName'
  | 'transactionHash'
  | 'logIndex'
  | 'height'
  | 'userEncrypted'
>;

function draft(event: OrderEvent): Draft {
  const subscriptionId = String(event.subscriptionId);
  const common = (kind: EntryKind, id: string) => ({
    id,
    kind,
    subscriptionId,
    planId: String(event.planId),
    vmName: vmNameOf(event.subscriptionId),
    transactionHash: event.transactionHash,
    logIndex: event.logIndex,
    height: event.height,
  });
  switch (event.type) {
    case 'subscription-created':
      return {
        ...common('create', `create:${subscriptionId}`),
        subscriber: event.subscriber,
        expiresAt: event.expiresAt,
        userEncrypted: event.userEncrypted,
      };
    case 'subscription-extended':
      return {
        ...common('extend', `extend:${subscriptionId}:${event.newExpiresAt}`),
        subscriber: event.extendedBy,
        expiresAt: event.newExpiresAt,
        userEncrypted: null,
      };
    case 'subscription-cancelled':
      return {
        ...common('cancel', `cancel:${subscriptionId}`),
        subscriber: event.subscriber,
        expiresAt: null,
        userEncrypted: null,
      };
  }
}

/** The event is back on the chain. Whoever bought now counts as long as nothing was made for the other one. */
async function revive(tx: Knex, known: Entry, fresh: Draft, now: number): Promise<Enqueued> {
  const samePurchase = known.subscriber === fresh.subscriber && known.planId === fresh.planId;
  if (!samePurchase && known.stage !== 'received' && known.kind === 'create') return 'duplicate';
  const { id, kind, ...facts } = fresh;
  await updateEntry(tx, id, { ...facts, orphanedAt: null }, now);
  return 'revived';
}

async function wasHandled(tx: Knex, event: OrderEvent, entryId: string): Promise<boolean> {
  const row = await tx('handled_events')
    .where({ transaction_hash: event.transactionHash, log_index: event.logIndex })
    .orWhere({ entry_id: entryId })
    .first('entry_id');
  return row !== undefined;
}

async function hasCredential(tx: Knex, vmName: string): Promise<boolean> {
  return (await tx('vms').where({ name: vmName, nft_minted: 1 }).first('id')) !== undefined;
}

async function openCreation(tx: Knex, subscriptionId: string): Promise<Entry | null> {
  const row = await tx('pipeline_entries')
    .where({ subscription_id: subscriptionId, kind: 'create' })
    .whereIn('state', ['queued', 'active'])
    .first();
  return row ? toEntry(row) : null;
}
