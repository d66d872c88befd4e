import type { Knex } from 'knex';

/**
 * Orders of the administrator and the nonces they spent (engine.md 6.4), per chain.
 *
 * An order is found by its transaction, whatever became of it, so that a block that is read again orders nothing again. A
 * nonce stays at least as long as its order could still count as fresh. `timestamp` is epoch seconds as on the chain, the
 * other times milliseconds. What was ordered is recorded by its action: names of commands are secret.
 */
export async function createAdminTables(database: Knex): Promise<void> {
  await database.raw(`create table admin_orders (
    seq integer primary key,
    chain text not null,
    transaction_hash text not null,
    height integer not null,
    state text not null check (state in ('accepted', 'executing', 'done', 'failed', 'refused')),
    action text,
    reason text,
    received_at integer not null,
    updated_at integer not null,
    unique (chain, transaction_hash)
  ) strict`);
  await database.raw(`create table admin_nonces (
    chain text not null,
    nonce text not null,
    transaction_hash text not null,
    timestamp integer,
    height integer,
    keep_until integer,
    primary key (chain, nonce),
    check ((timestamp is null) <> (height is null))
  ) strict, without rowid`);
}
