import type { Knex } from 'knex';

/** When garbage was last collected: a clock that has jumped shows against it. */
export async function createGarbageRuns(database: Knex): Promise<void> {
  await database.raw(
    'create table garbage_runs (id integer primary key check (id = 1), last_run_at integer not null) strict',
  );
}
