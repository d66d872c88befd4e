import type { Knex } from 'knex';

/**
 * Journal of the money that the host moves (engine.md 5.2, 5.5). Amounts are decimal texts of base units, a token that is
 * null or empty is the chain's own coin, times are milliseconds since the epoch.
 */
export async function createFundTables(database: Knex): Promise<void> {
  await database.raw(`create table fund_schedule (
    kind text primary key check (kind in ('fund-cycle', 'gas-check')),
    last_at integer not null default 0,
    next_attempt_at integer not null default 0,
    failures integer not null default 0
  ) strict`);
  await database.raw(`insert into fund_schedule (kind, last_at) values ('fund-cycle', 0), ('gas-check', 0)`);
  await database.raw(`create table fund_state (
    id integer primary key check (id = 1),
    hot_wallet_generated integer not null default 0,
    settled_height integer not null default 0
  ) strict`);
  await database.raw('insert into fund_state (id, settled_height) values (1, 0)');
  await database.raw(`create table fund_cycles (
    id integer primary key,
    kind text not null references fund_schedule (kind),
    started_at integer not null,
    finished_at integer
  ) strict`);
  await database.raw(`create table fund_operations (
    id integer primary key,
    cycle_id integer not null references fund_cycles (id),
    step text not null,
    token text,
    from_role text not null,
    to_role text not null,
    to_address text,
    amount text not null,
    status text not null check (status in ('planned', 'signed', 'broadcast', 'confirmed', 'failed')),
    signed text,
    superseded_at integer,
    error text,
    created_at integer not null,
    updated_at integer not null
  ) strict`);
  await database.raw(
    `create index fund_operations_open on fund_operations (id) where status in ('planned', 'signed', 'broadcast')`,
  );
  await database.raw('create index fund_operations_cycle on fund_operations (cycle_id)');
  await database.raw(`create table fund_owed (
    id integer primary key,
    token text not null,
    role text not null,
    amount text not null,
    unique (token, role)
  ) strict`);
}

/** What was written before belongs to the chain that the host is on when it moves money the next time. */
export async function keepFundsByChain(database: Knex): Promise<void> {
  await database.raw(`alter table fund_cycles add column chain text not null default ''`);
  await database.raw(`alter table fund_operations add column chain text not null default ''`);
  await database.raw(`create table fund_debts (
    id integer primary key,
    chain text not null,
    token text not null,
    role text not null,
    amount text not null,
    unique (chain, token, role)
  ) strict`);
  await database.raw(
    `insert into fund_debts (chain, token, role, amount)
       select '', token, role, amount from fund_owed order by id`,
  );
  await database.raw('drop table fund_owed');
  await database.raw('alter table fund_debts rename to fund_owed');
  await database.raw(`create table fund_chains (
    chain text primary key,
    settled_height integer not null
  ) strict`);
  await database.raw(
    `insert into fund_chains (chain, settled_height)
       select '', settled_height from fund_state where settled_height > 0`,
  );
}
