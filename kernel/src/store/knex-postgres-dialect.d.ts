/** Knex publishes its dialects for subclassing, without types. */
declare module 'knex/lib/dialects/postgres/index.js' {
  import { Knex } from 'knex';

  export default class PostgresDialect extends Knex.Client {
    _query(connection: object, query: PostgresQuery): Promise<unknown>;
    acquireConnection(): Promise<object>;
    acquireRawConnection(): Promise<object>;
    processResponse(query: PostgresQuery, runner: unknown): unknown;
  }
  export interface PostgresQuery {
    sql: string;
    bindings?: readonly unknown[];
    method?: string;
    output?: unknown;
    response?: { rows: unknown };
  }
}
