// Knex as a whole, not the bundle: its classes must be those of this dialect. A host on SQLite never loads it.
import knex, { type Knex } from 'knex';
import { PATIENCE_MS, PostgresClient } from './postgres-client.js';

/** Type numbers of PostgreSQL: integers of 64, 16 and 32 bits. */
const INTEGERS = [20, 21, 23];

/** The connection to a PostgreSQL database. A counter of 64 bits is read as a number: moments in milliseconds fit. */
export function connectPostgres(url: string): Knex {
  return knex({
    client: PostgresClient,
    connection: {
      connectionString: url,
      application_name: 'blockhost',
      connectionTimeoutMillis: 10_000,
      lock_timeout: PATIENCE_MS,
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
      types: { getTypeParser: (oid: number) => (INTEGERS.includes(oid) ? Number : (text: string) => text) },
    } as Knex.PgConnectionConfig,
    // One, as on SQLite: who leads must notice when it goes.
    pool: { min: 1, max: 1 },
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
}
