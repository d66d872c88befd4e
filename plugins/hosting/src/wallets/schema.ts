import type { Knex } from 'knex';

/**
 * What persons told this host to send, so that an order that was killed can be told from one that never sent. Times are
 * milliseconds since the epoch; an order is recorded with its first signed transaction, before anybody else sees that.
 */
export async function createWalletOrders(database: Knex): Promise<void> {
  await database.raw(`create table wallet_orders (
    id integer primary key,
    chain text not null,
    wish text not null,
    what text not null,
    state text not null default 'open' check (state in ('open', 'done', 'handed-in', 'failed', 'given-up')),
    begun_at integer not null,
    updated_at integer not null
  ) strict`);
  await database.raw(
    `create unique index wallet_orders_open on wallet_orders (chain, wish) where state = 'open'`,
  );
  await database.raw(`create table wallet_transactions (
    order_id integer not null references wallet_orders (id) on delete cascade,
    leg text not null,
    state text not null default 'signed' check (state in ('signed', 'mined', 'handed-in', 'failed')),
    signed text not null,
    error text,
    primary key (order_id, leg)
  ) strict`);
}
