import type { Hex } from '@blockhost/kernel';
import type { Knex } from 'knex';

/** How far one chain was read for one contract. */
export interface Cursor {
  readonly height: number;
  /** null before the first block was read. */
  readonly hash: Hex | null;
}

const RECENT = 64;

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

  /** Height up to which the watchers of blocks have looked; null when nobody watched, or nothing was read. */
  async watched(): Promise<number | null> {
    const row = await this.database('chain_cursors').where(this.#key).first('watched');
    return row?.watched ?? null;
  }

  /** The watchers have looked up to `height`; false when the chain lost blocks meanwhile and nothing was recorded. */
  async watch(since: number | null, height: number | null): Promise<boolean> {
    return (
      (await this.database('chain_cursors')
        .where({ ...this.#key, watched: since })
        .update({ watched: height })) === 1
    );
  }

  /** Sets the cursor inside the caller's transaction; blocks above it are forgotten. */
  async move(tx: Knex, { height, hash }: Cursor, now: number): Promise<void> {
    await tx('chain_cursors')
      .insert({ ...this.#key, height, hash, updated_at: now })
      .onConflict(['chain', 'contract'])
      .merge();
    await tx('chain_cursors').where(this.#key).where('watched', '>', height).update({ watched: height });
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
