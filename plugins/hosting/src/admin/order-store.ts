import type { AdminOrder, Clock, Hex } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { step } from './step.js';

export type OrderState = 'accepted' | 'executing' | 'done' | 'failed' | 'refused';

/** An order as `blockhost admin log` shows it. Times in milliseconds. */
export interface OrderRecord {
  readonly transactionHash: Hex;
  readonly height: number;
  readonly state: OrderState;
  /** What its command does; null when it was refused before that was known. */
  readonly action: string | null;
  readonly reason: string | null;
  readonly receivedAt: number;
  readonly updatedAt: number;
}

/** Engine.md 6.4: so many blocks back a nonce that is a height is remembered; the highest stays for good. */
const HEIGHTS_KEPT = 52_560;
const SHORTEST_KEPT_S = 86_400;
const HISTORY = 1_000;

/** The durable memory that no order of the administrator is carried out twice (engine.md 6.4). */
export class OrderStore {
  constructor(
    private readonly database: Knex,
    private readonly chain: string,
    private readonly clock: Clock,
  ) {}

  async isKnown(transactionHash: Hex): Promise<boolean> {
    const found = await this.#orders().where({ transaction_hash: transactionHash }).first('seq');
    return found !== undefined;
  }

  async isSpent(nonce: string): Promise<boolean> {
    return (await this.#nonces().where({ nonce }).first('nonce')) !== undefined;
  }

  /** The highest nonce ever accepted, where nonces are heights. */
  async highest(): Promise<number | null> {
    const row = await this.#nonces().max({ height: 'height' }).first();
    return row?.height ?? null;
  }

  /**
   * Spends the nonce and records the order, durably, before anything is done about it. False when either was there
   * already. `maxCommandAge` in seconds: how long the order could have counted as fresh.
   */
  accept(order: AdminOrder, action: string, maxCommandAge: number): Promise<boolean> {
    const { chain, clock, database } = this;
    const { nonce, transactionHash, height, freshness } = order;
    const byTime = 'timestamp' in freshness;
    const keptSeconds = Math.max(SHORTEST_KEPT_S, 2 * (maxCommandAge + 60));
    const now = clock.now();
    return step('accept-order', () =>
      database.transaction(async (tx) => {
        const spent = await tx('admin_nonces').where({ chain, nonce }).first('nonce');
        const known = await tx('admin_orders')
          .where({ chain, transaction_hash: transactionHash })
          .first('seq');
        if (spent !== undefined || known !== undefined) return false;
        await tx('admin_nonces').insert({
          chain,
          nonce,
          transaction_hash: transactionHash,
          timestamp: byTime ? freshness.timestamp : null,
          height: byTime ? null : freshness.height,
          keep_until: byTime ? (freshness.timestamp + keptSeconds) * 1_000 : null,
        });
        await tx('admin_orders').insert({
          chain,
          transaction_hash: transactionHash,
          height,
          state: 'accepted',
          action,
          received_at: now,
          updated_at: now,
        });
        return true;
      }),
    );
  }

  async refuse(
    { transactionHash, height }: AdminOrder,
    action: string | null,
    reason: string,
  ): Promise<void> {
    const now = this.clock.now();
    await this.database('admin_orders')
      .insert({
        chain: this.chain,
        transaction_hash: transactionHash,
        height,
        state: 'refused',
        action,
        reason,
        received_at: now,
        updated_at: now,
      })
      .onConflict(['chain', 'transaction_hash'])
      .ignore();
  }

  mark(transactionHash: Hex, state: 'executing' | 'done' | 'failed', reason: string | null): Promise<void> {
    return step('mark-order', async () => {
      await this.#orders()
        .where({ transaction_hash: transactionHash })
        .update({ state, reason, updated_at: this.clock.now() });
    });
  }

  /** Gives up what an earlier process was at when it ended: it is never carried out again. Answers how many there were. */
  async abandon(reason: string): Promise<number> {
    return await this.database('admin_orders')
      .whereIn('state', ['accepted', 'executing'])
      .update({ state: 'failed', reason, updated_at: this.clock.now() });
  }

  /** Forgets nonces whose orders are stale for long, and the oldest orders of a long history. */
  async prune(): Promise<void> {
    const { chain, database } = this;
    await database.transaction(async (tx) => {
      await tx('admin_nonces').where({ chain }).where('keep_until', '<', this.clock.now()).delete();
      const highest = tx('admin_nonces').where({ chain }).max('height');
      await tx('admin_nonces')
        .where({ chain })
        .where('height', '<', tx.raw('? - ?', [highest, HEIGHTS_KEPT]))
        .delete();
      await tx('admin_orders')
        .where({ chain })
        .whereIn('state', ['done', 'failed', 'refused'])
        .whereNotIn('transaction_hash', tx('admin_nonces').where({ chain }).select('transaction_hash'))
        .whereNotIn('seq', tx('admin_orders').orderBy('seq', 'desc').limit(HISTORY).select('seq'))
        .delete();
    });
  }

  #orders() {
    return this.database('admin_orders').where({ chain: this.chain });
  }

  #nonces() {
    return this.database('admin_nonces').where({ chain: this.chain });
  }
}

/** The youngest orders first, of every chain this host has served. */
export async function recentOrders(database: Knex, limit: number): Promise<readonly OrderRecord[]> {
  const rows = await database('admin_orders').orderBy('seq', 'desc').limit(limit);
  return rows.map((row) => ({
    transactionHash: row.transaction_hash,
    height: row.height,
    state: row.state,
    action: row.action,
    reason: row.reason,
    receivedAt: row.received_at,
    updatedAt: row.updated_at,
  }));
}
