import type { Knex } from 'knex';

/** What became of the last run of each task, for people; when a task is due is the task's own record. */
export async function createTaskRuns(database: Knex): Promise<void> {
  await database.raw(`create table task_runs (
    name text primary key,
    started_at integer,
    ended_at integer,
    succeeded_at integer,
    failure text,
    due_at integer
  ) strict`);
}
