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

/** When work on all VMs was last done, by a task, a timer or a person, and when it is due again. */
export async function createRounds(database: Knex): Promise<void> {
  await database.raw(`create table rounds (
    name text primary key,
    finished_at integer,
    due_at integer not null,
    did text,
    alarm text
  ) strict`);
}
