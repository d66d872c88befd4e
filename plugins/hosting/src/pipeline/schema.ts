import type { Knex } from 'knex';

/**
 * Entries of the subscription pipeline (engine.md 3.4) and the events they came from.
 *
 * `handled_events` outlives the trimmed history: an event is worked on once, however often it is read. Amounts of time are
 * milliseconds, `expires_at` and `superseded_expires_at` epoch seconds as on the chain.
 */
export async function createPipelineTables(database: Knex): Promise<void> {
  await database.raw(`create table pipeline_entries (
    seq integer primary key,
    id text not null unique,
    kind text not null check (kind in ('create', 'extend', 'cancel')),
    state text not null default 'queued' check (state in ('queued', 'active', 'done', 'failed', 'cancelled')),
    stage text not null default 'received',
    subscription_id text not null,
    plan_id text not null,
    subscriber text not null,
    expires_at integer,
    vm_name text not null,
    operation_id text not null unique,
    transaction_hash text not null,
    log_index integer not null,
    height integer not null,
    user_encrypted text,
    attempts integer not null default 0,
    next_attempt_at integer not null default 0,
    last_error text,
    failed_stage text,
    needs_operator integer not null default 0,
    orphaned_at integer,
    superseded_expires_at integer,
    cancel_requested integer not null default 0,
    reserved_token_id text,
    actual_token_id text,
    conn_encrypted text,
    mint text,
    received_at integer not null,
    updated_at integer not null,
    completed_at integer
  ) strict`);
  await database.raw(
    `create unique index pipeline_one_active on pipeline_entries (state) where state = 'active'`,
  );
  await database.raw(
    `create index pipeline_open on pipeline_entries (seq) where state in ('queued', 'active')`,
  );
  await database.raw('create index pipeline_history on pipeline_entries (completed_at)');
  await database.raw(`create table handled_events (
    transaction_hash text not null,
    log_index integer not null,
    entry_id text not null,
    height integer not null,
    primary key (transaction_hash, log_index)
  ) strict, without rowid`);
  await database.raw('create index handled_events_entry on handled_events (entry_id)');
}

/** What the monitor looks for at every tick stays quick with a hundred thousand entries. */
export async function indexPipelineEntries(database: Knex): Promise<void> {
  await database.raw('create index pipeline_subscription on pipeline_entries (subscription_id, seq)');
  await database.raw(
    'create index pipeline_orphans on pipeline_entries (orphaned_at) where orphaned_at is not null',
  );
}
