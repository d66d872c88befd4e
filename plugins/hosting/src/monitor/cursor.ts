import type { Hex, UndecodableLog } from '@blockhost/kernel';
import type { Knex } from 'knex';

/** How far one chain was read for one contract. */
export interface Cursor {
  readonly height: number;
  /** null before the first block was read. */
  readonly hash: Hex | null;
}

const RECENT = 64;
const DEAD_LETTERS = 200;

/** The durable cursor of a chain and contract (engine.md 3.2); another chain or contract has a cursor of its own. */
export class CursorStore {
  readonly #key: { readonly chain: string; readonly contract: string };

  constructor(
    private readonly database: Knex,
    chain: string,
    contract: string,
  ) {
    this.#key = { chain, contract };
  }

  async read(): Promise<Cursor | null> {
    return (await this.database('chain_cursors').where(this.#key).first('height', 'hash')) ?? null;
  }

  /** The cursors of other chains or contracts that this database has read. */
  async others(): Promise<readonly { readonly chain: string; readonly contract: string }[]> {
    return this.database('chain_cursors')
      .whereNot((same) => same.where(this.#key))
      .select('chain', 'contract');
  }

  /** Sets the cursor inside the caller's transaction; blocks above it are forgotten. */
  async move(tx: Knex, { height, hash }: Cursor, now: number): Promise<void> {
    await tx('chain_cursors')
      .insert({ ...this.#key, height, hash, updated_at: now })
      .onConflict(['chain', 'contract'])
      .merge();
    await tx('chain_recent_blocks').where(this.#key).where('height', '>', height).delete();
    if (hash !== null)
      await tx('chain_recent_blocks')
        .insert({ ...this.#key, height, hash })
        .onConflict(['chain', 'contract', 'height'])
        .merge();
    const [oldest] = await tx('chain_recent_blocks')
      .where(this.#key)
      .orderBy('height', 'desc')
      .offset(RECENT - 1)
      .limit(1)
      .pluck('height');
    if (oldest !== undefined)
      await tx('chain_recent_blocks').where(this.#key).where('height', '<', oldest).delete();
  }

  /** Blocks the cursor stood on, youngest first. */
  recent(): Promise<readonly { readonly height: number; readonly hash: Hex }[]> {
    return this.database('chain_recent_blocks')
      .where(this.#key)
      .orderBy('height', 'desc')
      .select('height', 'hash');
  }
}

/** Keeps what nobody could read, for an operator; the oldest beyond {@link DEAD_LETTERS} go. */
export async function keepDeadLetter(tx: Knex, letter: UndecodableLog, now: number): Promise<void> {
  await tx('dead_letters')
    .insert({
      transaction_hash: letter.transactionHash,
      log_index: letter.logIndex,
      height: letter.height,
      reason: letter.reason,
      raw: letter.raw,
      received_at: now,
    })
    .onConflict(['transaction_hash', 'log_index'])
    .ignore();
  await tx.raw(
    'delete from dead_letters where id in (select id from dead_letters order by id desc limit -1 offset ?)',
    [DEAD_LETTERS],
  );
}
