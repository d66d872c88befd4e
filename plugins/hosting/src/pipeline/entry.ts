import type { Address, Hex, SignedTransaction } from '@blockhost/kernel';
import type { Knex } from 'knex';

export type EntryKind = 'create' | 'extend' | 'cancel';
/** `queued` and `active` are open, the rest is history. */
export type EntryState = 'queued' | 'active' | 'done' | 'failed' | 'cancelled';

/** One piece of work that an event of the chain asks for (engine.md 3.4). */
export interface Entry {
  /** `create:42`, `extend:42:<expiry>`, `cancel:42`. */
  readonly id: string;
  readonly kind: EntryKind;
  readonly state: EntryState;
  /** Last stage whose result is durable. */
  readonly stage: string;
  readonly subscriptionId: string;
  readonly planId: string;
  readonly subscriber: Address;
  /** Epoch seconds; null for `cancel`. */
  readonly expiresAt: number | null;
  readonly vmName: string;
  /** Identity of the VM order towards the provisioner. */
  readonly operationId: string;
  readonly transactionHash: Hex;
  readonly logIndex: number;
  readonly height: number;
  readonly userEncrypted: Hex | null;
  /** Failed tries of the next stage. */
  readonly attempts: number;
  readonly nextAttemptAt: number;
  readonly lastError: string | null;
  readonly failedStage: string | null;
  readonly needsOperator: boolean;
  /** How often the reconciler put it back after it had failed. */
  readonly requeues: number;
  /** Its event vanished in a reorganisation; height the chain was read to at that time. */
  readonly orphanedAt: number | null;
  /** A later expiry bought while the VM was being made. */
  readonly supersededExpiresAt: number | null;
  readonly cancelRequested: boolean;
  readonly reservedTokenId: string | null;
  readonly actualTokenId: string | null;
  /** Connection details under the buyer's signature key. */
  readonly connEncrypted: Hex | null;
  readonly mint: SignedTransaction | null;
  readonly receivedAt: number;
  readonly updatedAt: number;
  readonly completedAt: number | null;
}

export type EntryChanges = Partial<Omit<Entry, 'id' | 'kind' | 'receivedAt' | 'updatedAt'>>;

type Row = Readonly<Record<string, string | number | null>>;

const FLAGS = new Set(['needsOperator', 'cancelRequested']);

export function toEntry(row: Row): Entry {
  const fields = Object.entries(row).map(([column, value]) => {
    const field = column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
    if (FLAGS.has(field)) return [field, value === 1];
    if (field === 'mint' && typeof value === 'string') return [field, JSON.parse(value)];
    return [field, value];
  });
  return Object.fromEntries(fields) as unknown as Entry;
}

export function toRow(changes: object): Row {
  const columns = Object.entries(changes).map(([field, value]) => {
    const column = field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
    if (typeof value === 'boolean') return [column, Number(value)];
    if (field === 'mint' && value !== null) return [column, JSON.stringify(value)];
    return [column, value];
  });
  return Object.fromEntries(columns);
}

export async function findEntry(database: Knex, id: string): Promise<Entry | null> {
  const row: Row | undefined = await database('pipeline_entries').where({ id }).first();
  return row ? toEntry(row) : null;
}

export async function updateEntry(
  database: Knex,
  id: string,
  changes: EntryChanges,
  now: number,
): Promise<void> {
  await database('pipeline_entries')
    .where({ id })
    .update(toRow({ ...changes, updatedAt: now }));
}

/** The longest list of finished entries that is kept. */
const HISTORY = 500;

/**
 * Moves an entry to history. Ciphertexts and signed bytes leave one that is over; a failed one keeps them, because a retry
 * must find the mint it may have sent. The oldest finished entries leave the table.
 */
export async function closeEntry(
  database: Knex,
  id: string,
  changes: EntryChanges & { readonly state: 'done' | 'failed' | 'cancelled' },
  now: number,
): Promise<void> {
  const dropped = changes.state === 'failed' ? {} : { userEncrypted: null, connEncrypted: null, mint: null };
  await updateEntry(database, id, { ...changes, ...dropped, completedAt: now }, now);
  const finished = database('pipeline_entries')
    .whereNotNull('completed_at')
    .orderBy([
      { column: 'completed_at', order: 'desc' },
      { column: 'seq', order: 'desc' },
    ]);
  await database('pipeline_entries')
    .where({ needs_operator: 0 })
    .whereNot({ state: 'failed' })
    .whereIn('seq', finished.offset(HISTORY).select('seq'))
    .delete();
}
