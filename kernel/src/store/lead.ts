import type { Knex } from 'knex';

/**
 * Makes this process the one that leads among all on the database: on PostgreSQL several hosts may share one, a file of
 * SQLite is a host's own. Answers a signal that aborts when the leadership is lost; whatever the process tries then, it
 * reaches the database no more, so that nothing can follow that would have to be recorded. It ends with the process.
 *
 * Throws `store.not-leader` when another one leads.
 */
export async function lead(database: Knex): Promise<AbortSignal> {
  const client: { lead?(database: Knex): Promise<AbortSignal> } = database.client;
  return (await client.lead?.(database)) ?? new AbortController().signal;
}
