import type { Knex } from 'knex';

/** How far each chain was read, the hashes to find back after a reorganisation, and logs nobody could decode. */
export async function createMonitorTables(database: Knex): Promise<void> {
  await database.raw(`create table chain_cursors (
    chain text not null,
    contract text not null,
    height integer not null,
    hash text,
    updated_at integer not null,
    primary key (chain, contract)
  ) strict`);
  await database.raw(`create table chain_recent_blocks (
    chain text not null,
    contract text not null,
    height integer not null,
    hash text not null,
    primary key (chain, contract, height),
    foreign key (chain, contract) references chain_cursors (chain, contract) on delete cascade
  ) strict`);
  await database.raw(`create table dead_letters (
    id integer primary key,
    transaction_hash text not null,
    log_index integer not null,
    height integer not null,
    reason text not null,
    raw text not null,
    received_at integer not null,
    unique (transaction_hash, log_index)
  ) strict`);
}

/** How far the watchers of blocks have come; null: nobody watches. */
export async function addWatchedHeight(database: Knex): Promise<void> {
  await database.raw('alter table chain_cursors add column watched integer');
}
