import type { Knex } from '@blockhost/kernel/store';

/**
 * What the watchdog did and where each VM stands. Moments are milliseconds since the epoch. An action is `intended` before
 * it is done and has its outcome afterwards: `done`, `failed`, `abandoned`, or `braked`, which was not even tried. Rungs of
 * a dry run lie beside the real ones.
 */
export async function createWatchdogTables(database: Knex): Promise<void> {
  for (const statement of [
    `create table watchdog_actions (
      id integer primary key,
      at integer not null,
      vm text not null,
      operation_id text not null,
      plan text,
      metric text not null,
      from_step text not null,
      to_step text not null,
      used integer,
      plan_limit integer,
      bucket integer not null,
      capacity integer,
      limits text not null,
      dry_run integer not null,
      state text not null check (state in ('intended', 'done', 'failed', 'abandoned', 'braked')),
      outcome text,
      settled_at integer
    ) strict`,
    'create index watchdog_actions_open on watchdog_actions (state, dry_run)',
    'create index watchdog_actions_at on watchdog_actions (at)',
    `create table watchdog_rungs (
      operation_id text not null,
      metric text not null,
      dry_run integer not null,
      vm text not null,
      step text not null,
      plan_limit integer,
      moved_at integer not null,
      primary key (operation_id, metric, dry_run)
    ) strict`,
    `create table watchdog_findings (
      subject text not null,
      kind text not null,
      sentence text not null,
      since integer not null,
      primary key (subject, kind)
    ) strict`,
    'create table watchdog_confirmations (at integer primary key) strict',
  ])
    await database.raw(statement);
}
