import { type Clock, failpoint, type SignedTransaction, type TransactionJournal } from '@blockhost/kernel';
import type { Knex } from 'knex';

export interface Wish {
  /** Identity of the chain. */
  readonly chain: string;
  /** What makes two orders the same: verb, wallets, token, amount. */
  readonly words: readonly string[];
  /** For people: `send 1 ETH from 0x… to 0x…`. */
  readonly what: string;
}

/** Where a crash test may kill a command besides the places of `settle`. */
export const orderFailpoints = ['note', 'end'].flatMap((step) => [
  `wallet-order.${step}:before`,
  `wallet-order.${step}:after`,
]);

/**
 * The durable record of what a person told this host to send (engine.md 2.1: never resend blindly). While an order has not
 * come to its end the same order again goes on with it: each leg is one transaction, whose bytes are signed once. Two that
 * are given at the same moment are one.
 */
export class WalletOrder {
  readonly #wish: { readonly chain: string; readonly wish: string };
  /** What ended before that is another order. */
  #since: number;

  constructor(
    private readonly database: Knex,
    private readonly clock: Pick<Clock, 'now'>,
    private readonly wish: Wish,
  ) {
    this.#wish = { chain: wish.chain, wish: JSON.stringify(wish.words) };
    this.#since = clock.now();
  }

  /** When the order that is not at its end was begun; null: there is none. */
  async begunAt(): Promise<number | null> {
    return (await this.#current(this.database))?.begun_at ?? null;
  }

  /** What is not at its end is not waited for any more: the next is another order. Its transactions may still be mined. */
  async giveUp(): Promise<void> {
    await this.#end('given-up');
    this.#since = Number.MAX_SAFE_INTEGER;
  }

  /** Legs that were signed and may have an effect. */
  async legs(): Promise<readonly string[]> {
    const order = await this.#current(this.database);
    if (!order) return [];
    return this.database('wallet_transactions')
      .where({ order_id: order.id })
      .whereNot({ state: 'failed' })
      .orderBy('leg')
      .pluck('leg');
  }

  /** Where the signed bytes of a leg are kept. */
  journal(leg: string): TransactionJournal {
    return {
      load: async () => {
        const order = await this.#current(this.database);
        if (!order) return null;
        const found = this.database('wallet_transactions').where({ order_id: order.id, leg });
        const row = await found.whereNot({ state: 'failed' }).first('signed');
        return row ? (JSON.parse(row.signed) as SignedTransaction) : null;
      },
      save: (transaction) => this.#save(leg, transaction),
    };
  }

  /** A leg came to its end as far as the command waits for it. */
  async ended(leg: string, state: 'mined' | 'handed-in'): Promise<void> {
    failpoint('wallet-order.note:before');
    await this.#note(leg, { state, error: null });
    failpoint('wallet-order.note:after');
  }

  /** A leg has no effect and never will. Without any other leg the order is over. */
  async failed(leg: string, error: string): Promise<void> {
    await this.#note(leg, { state: 'failed', error });
    if ((await this.legs()).length === 0) await this.#end('failed');
  }

  /** Every leg was sent. */
  async end(): Promise<void> {
    const order = await this.#current(this.database);
    if (!order) return;
    const left = this.database('wallet_transactions').where({ order_id: order.id, state: 'handed-in' });
    const isMined = (await left.first('leg')) === undefined;
    failpoint('wallet-order.end:before');
    await this.#end(isMined ? 'done' : 'handed-in');
    failpoint('wallet-order.end:after');
  }

  /** The one that is not at its end, or came to it while this one was at work: they are the same. */
  async #current(database: Knex): Promise<{ readonly id: number; readonly begun_at: number } | undefined> {
    return database('wallet_orders')
      .where(this.#wish)
      .where((query) =>
        query
          .where({ state: 'open' })
          .orWhere((ended) =>
            ended.whereIn('state', ['done', 'handed-in']).where('updated_at', '>=', this.#since),
          ),
      )
      .orderBy('id', 'desc')
      .first('id', 'begun_at');
  }

  #save(leg: string, transaction: SignedTransaction): Promise<void> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      let id = (await this.#current(tx))?.id;
      if (id === undefined) {
        const row = { ...this.#wish, what: this.wish.what, begun_at: now, updated_at: now };
        [{ id }] = await tx('wallet_orders').insert(row).returning('id');
      }
      await tx('wallet_transactions')
        .insert({
          order_id: id,
          leg,
          state: 'signed',
          signed: JSON.stringify(transaction),
          error: null,
        })
        .onConflict(['order_id', 'leg'])
        .merge();
    });
  }

  async #note(leg: string, changes: { readonly state: string; readonly error: string | null }) {
    const order = await this.#current(this.database);
    if (order) await this.database('wallet_transactions').where({ order_id: order.id, leg }).update(changes);
  }

  async #end(state: 'done' | 'handed-in' | 'failed' | 'given-up'): Promise<void> {
    await this.database('wallet_orders')
      .where({ ...this.#wish, state: 'open' })
      .update({ state, updated_at: this.clock.now() });
  }
}
