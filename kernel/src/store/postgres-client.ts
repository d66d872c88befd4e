import PostgresDialect, { type PostgresQuery } from 'knex/lib/dialects/postgres/index.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { portableDdl } from './portable-ddl.js';

/** Of the advisory lock that the writers of one database take turns by; any constant serves. */
const WRITERS = 0x626c_686f;
const READS = /^\s*(select|with|show|set|explain|commit|rollback|savepoint|release)\b/i;
const AWAY = /^(08|57P0)|^(ECONN|ENOTFOUND|ENOENT|EHOSTUNREACH|EPIPE|ETIMEDOUT)/;

/**
 * Knex's PostgreSQL dialect with the rules of SQLite, which the business is written for: one writer at a time, from the
 * beginning of a transaction, so that what it reads is what it changes. A change outside of a transaction is one by
 * itself. What the driver answers to plain SQL are its rows.
 */
export class PostgresClient extends PostgresDialect {
  override async acquireRawConnection(): Promise<object> {
    try {
      return await super.acquireRawConnection();
    } catch (error) {
      throw isAway(error) ? unreachable(error) : error;
    }
  }

  override async _query(connection: object, query: PostgresQuery): Promise<unknown> {
    const act = (sql: string) => super._query(connection, { sql });
    try {
      if (/^BEGIN/.test(query.sql)) {
        inTransaction.add(connection);
        const begun = await super._query(connection, query);
        await act(`select pg_advisory_xact_lock(${WRITERS})`);
        return begun;
      }
      if (/^(COMMIT|ROLLBACK);?$/.test(query.sql)) inTransaction.delete(connection);
      query.sql = portableDdl(query.sql);
      if (READS.test(query.sql) || inTransaction.has(connection))
        return await super._query(connection, query);
      return await alone(act, () => super._query(connection, query));
    } catch (error) {
      throw isAway(error) ? unreachable(error) : error;
    }
  }

  override processResponse(query: PostgresQuery, runner: unknown): unknown {
    if (query.method === 'raw' && !query.output) return query.response?.rows;
    return super.processResponse(query, runner);
  }
}

/** Connections between BEGIN and its end. Knex derives a client of its own for each transaction. */
const inTransaction = new WeakSet<object>();

async function alone(
  act: (sql: string) => Promise<unknown>,
  write: () => Promise<unknown>,
): Promise<unknown> {
  await act('BEGIN');
  try {
    await act(`select pg_advisory_xact_lock(${WRITERS})`);
    const written = await write();
    await act('COMMIT');
    return written;
  } catch (error) {
    await act('ROLLBACK').catch(() => {});
    throw error;
  }
}

function isAway(error: unknown): boolean {
  const { code, message } = error as { readonly code?: unknown; readonly message?: unknown };
  return (
    AWAY.test(String(code)) || /Connection terminated|timeout exceeded when trying/.test(String(message))
  );
}

/** The driver's own text names neither statement nor password. */
function unreachable(cause: unknown): BlockhostError {
  return new BlockhostError('store.unreachable', 'The database server does not answer.', {
    cause,
    remedy: 'Start it, or correct `database.url` in blockhost.yaml; then try again.',
  });
}
