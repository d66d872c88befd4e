import type { ChainEngine, SignedTransaction } from '@blockhost/kernel';
import type { Knex } from 'knex';

/** An order that a person gave with `bw`, as it is shown; times are ISO 8601. */
export interface ShownOrder {
  readonly what: string;
  /** `open`: the command did not come to its end; given again it goes on. */
  readonly state: 'open' | 'done' | 'handed-in' | 'failed' | 'given-up';
  readonly begun_at: string;
  readonly transactions: readonly {
    readonly transaction: string;
    /** As it is recorded; of an open order what the chain says now. */
    readonly state: string;
    readonly error: string | null;
  }[];
}

const WEEK_MS = 7 * 86_400_000;
const MOST = 20;

/** Orders that are not at their end, and those of the last week, the newest last. */
export async function shownOrders(
  database: Knex,
  { chain, transactions }: Pick<ChainEngine, 'chain' | 'transactions'>,
  now: number,
): Promise<readonly ShownOrder[]> {
  const orders = await database('wallet_orders')
    .where({ chain: chain.id })
    .where((query) => query.where({ state: 'open' }).orWhere('updated_at', '>=', now - WEEK_MS))
    .orderByRaw(`case state when 'open' then 0 else 1 end, id desc`)
    .limit(MOST);
  const shown = orders.reverse().map(async ({ id, what, state, begun_at }) => {
    const legs = await database('wallet_transactions').where({ order_id: id }).orderBy('leg');
    const each = legs.map(async (leg) => {
      const signed: SignedTransaction = JSON.parse(leg.signed);
      const isOpen = state === 'open' && leg.state === 'signed';
      const now = isOpen ? (await transactions.lookup(signed)).state : leg.state;
      return { transaction: signed.hash, state: now, error: leg.error };
    });
    return {
      what,
      state,
      begun_at: new Date(begun_at).toISOString(),
      transactions: await Promise.all(each),
    };
  });
  return Promise.all(shown);
}
