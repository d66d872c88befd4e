import type { Knex } from 'knex';
import { knex } from './knex.js';
import { SqliteClient } from './sqlite-client.js';

/** One connection to the SQLite database in `file`. In a module of its own: who only names `DATABASE` loads no Knex. */
export function connect(file: string): Knex {
  return knex({
    client: SqliteClient,
    connection: { filename: file },
    useNullAsDefault: true,
    pool: { min: 1, max: 1 },
    // What fails is thrown; printing it as well, with its stack, is not Knex's business.
    log: { warn() {}, error() {}, deprecate() {}, debug() {} },
  });
}
