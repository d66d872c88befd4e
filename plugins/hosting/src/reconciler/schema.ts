import type { Knex } from 'knex';

/**
 * What the reconciler must still know after a restart. Times are milliseconds since the epoch.
 *
 * `mint_proofs` keeps the signed mint of each VM: whether a credential that changed hands or is gone was really minted for
 * it, or by another transaction after a reorganisation, only that transaction tells.
 */
export async function createReconcilerTables(database: Knex): Promise<void> {
  for (const statement of [
    `create table reconciler_run (
      id integer primary key check (id = 1),
      finished_at integer,
      due_at integer not null,
      summary text
    ) strict`,
    `create table reconciler_findings (
      kind text not null,
      subject text not null,
      sentence text not null,
      first_seen integer not null,
      last_seen integer not null,
      told_at integer not null,
      primary key (kind, subject)
    ) strict, without rowid`,
    `create table missing_credentials (
      vm_name text not null,
      token_id text not null,
      passes integer not null,
      primary key (vm_name, token_id)
    ) strict, without rowid`,
    `create table checked_subscriptions (
      vm_name text primary key,
      checked_at integer not null
    ) strict, without rowid`,
    `create table mint_proofs (
      operation_id text primary key,
      signed_at_height integer not null,
      mint text not null
    ) strict, without rowid`,
    `create table admin_identity (
      token_id text primary key,
      owner text not null,
      seen_at integer not null
    ) strict, without rowid`,
    'alter table pipeline_entries add column requeues integer not null default 0',
  ])
    await database.raw(statement);
}

/** Runs by hand follow each other within seconds: what counts is how long a credential has been missing. */
export async function addCountedAt(database: Knex): Promise<void> {
  await database.raw('alter table missing_credentials add column counted_at integer not null default 0');
}
