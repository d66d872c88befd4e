import type { ChainEvent } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { type Entry, type EntryKind, findEntry, toEntry, updateEntry } from './entry.js';
import { setAside } from './set-aside.js';

export type OrderEvent = Extract<
  ChainEvent,
  { type: 'subscription-created' | 'subscription-extended' | 'subscription-cancelled' }
>;

export type Enqueued = 'queued' | 'merged' | 'revived' | 'duplicate';

/**
 * Takes one event into the pipeline, inside the caller's transaction. The same event read again, also from another block
 * after a reorganisation, is a `duplicate`.
 */
export async function enqueue(tx: Knex, event: OrderEvent, now: number): Promise<Enqueued> {
  const fresh = draft(event);
  const known = await findEntry(tx, fresh.id);
  if (known) {
    if (known.orphanedAt === null) return 'duplicate';
    if (isSamePurchase(known, fresh)) return revive(tx, known, fresh, now);
    await setAside(tx, known);
  } else if (await wasHandled(tx, event, fresh.id)) return 'duplicate';

  await tx('handled_events')
    .insert({
      transaction_hash: event.transactionHash,
      log_index: event.logIndex,
      entry_id: fresh.id,
      height: event.height,
    })
    .onConflict(['transaction_hash', 'log_index'])
    .merge();
  const creation = fresh.kind === 'extend' ? await openCreation(tx, fresh.subscriptionId) : null;
  if (creation && fresh.expiresAt !== null) {
    const later = Math.max(creation.supersededExpiresAt ?? 0, fresh.expiresAt);
    await updateEntry(tx, creation.id, { supersededExpiresAt: later }, now);
    return 'merged';
  }
  if (fresh.kind === 'cancel') await stopCreation(tx, fresh.subscriptionId);
  await tx('pipeline_entries').insert(newRow(fresh, now));
  return 'queued';
}

/** A new entry, with the identity that its VM will be ordered under. */
export function newRow(fresh: Draft, now: number) {
  return {
    id: fresh.id,
    kind: fresh.kind,
    subscription_id: fresh.subscriptionId,
    plan_id: fresh.planId,
    subscriber: fresh.subscriber,
    expires_at: fresh.expiresAt,
    vm_name: fresh.vmName,
    operation_id: crypto.randomUUID(),
    transaction_hash: fresh.transactionHash,
    log_index: fresh.logIndex,
    height: fresh.height,
    user_encrypted: fresh.userEncrypted,
    received_at: now,
    updated_at: now,
  };
}

/** Name of a subscription's VM (engine.md 3.3). */
export function vmNameOf(subscriptionId: bigint): string {
  return `blockhost-${String(subscriptionId).padStart(3, '0')}`;
}

/** What an event says of its entry. */
export type Draft = Pick<
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

export function draft(event: OrderEvent): Draft {
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

function isSamePurchase(known: Entry, fresh: Draft): boolean {
  return fresh.kind !== 'create' || (known.subscriber === fresh.subscriber && known.planId === fresh.planId);
}

/** The event is back on the chain, perhaps elsewhere. */
async function revive(tx: Knex, known: Entry, fresh: Draft, now: number): Promise<Enqueued> {
  const { id, kind, userEncrypted, ...facts } = fresh;
  const isOpen = known.completedAt === null;
  await updateEntry(tx, id, { ...facts, ...(isOpen && { userEncrypted }), orphanedAt: null }, now);
  if (kind === 'cancel' && isOpen) await stopCreation(tx, fresh.subscriptionId);
  return 'revived';
}

async function wasHandled(tx: Knex, event: OrderEvent, entryId: string): Promise<boolean> {
  const row = await tx('handled_events')
    .where({ entry_id: entryId })
    .orWhere((query) =>
      query
        .where({ transaction_hash: event.transactionHash, log_index: event.logIndex })
        // Not what was set aside: that event may come back.
        .whereNot('entry_id', 'like', '%@%'),
    )
    .first('entry_id');
  return row !== undefined;
}

/** It stops after its present stage, or when it is tried again; the cancellation's own entry then destroys what it made. */
async function stopCreation(tx: Knex, subscriptionId: string): Promise<void> {
  await tx('pipeline_entries')
    .where({ subscription_id: subscriptionId, kind: 'create' })
    .whereIn('state', ['queued', 'active', 'failed'])
    .update({ cancel_requested: 1 });
}

async function openCreation(tx: Knex, subscriptionId: string): Promise<Entry | null> {
  const row = await tx('pipeline_entries')
    .where({ subscription_id: subscriptionId, kind: 'create' })
    .whereIn('state', ['queued', 'active'])
    .first();
  return row ? toEntry(row) : null;
}
