/** Knex publishes its dialects for subclassing, without types. */
declare module 'knex/lib/dialects/better-sqlite3/index.js' {
  import type { Database } from 'better-sqlite3';
  import { Knex } from 'knex';

  export default class SqliteDialect extends Knex.Client {
    _query(connection: Database, query: { sql: string }): Promise<unknown>;
    acquireRawConnection(): Promise<Database>;
  }
}
