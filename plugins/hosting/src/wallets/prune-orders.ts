import type { Knex } from 'knex';

/** Forgets orders that have been over since before that moment; never one that is open. */
export async function pruneOrders(database: Knex, before: number): Promise<void> {
  await database.transaction(async (tx) => {
    const over = tx('wallet_orders').whereNot({ state: 'open' }).where('updated_at', '<', before);
    await tx('wallet_transactions').whereIn('order_id', over.clone().select('id')).delete();
    await over.delete();
  });
}
