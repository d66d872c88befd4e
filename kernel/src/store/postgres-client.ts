import type { EventEmitter } from 'node:events';
import type { Knex } from 'knex';
import PostgresDialect, { type PostgresQuery } from 'knex/lib/dialects/postgres/index.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { portableDdl } from './portable-ddl.js';

/** Of the advisory lock that the writers of one database take turns by; any constant serves. */
const WRITERS = 0x626c_686f;
/** Of the one that the leading process holds. */
const LEADER = 0x626c_686c;
/** As long as the server may take to notice that the last leader is gone. */
const SUCCESSION_MS = 5_000;
/** How long a statement waits for another writer. */
export const PATIENCE_MS = 30_000;
const READS = /^\s*(select|with|show|set|explain|commit|rollback|savepoint|release)\b/i;
const LOCK_TIMEOUT = '55P03';
const AWAY = /^(08|57P0)|^(ECONN|ENOTFOUND|ENOENT|EHOSTUNREACH|EPIPE|ETIMEDOUT)/;

/**
 * Knex's PostgreSQL dialect with the rules of SQLite, which the business is written for: one writer at a time, from the
 * beginning of a transaction, so that what it reads is what it changes. A change outside of a transaction is one by
 * itself. What the driver answers to plain SQL are its rows.
 */
export class PostgresClient extends PostgresDialect {
  /** Present once this process leads. It does so by its one connection: to need another one is to lead no more. */
  private leadership: AbortController | undefined;

  override async acquireRawConnection(): Promise<object> {
    this.leadership?.abort(leadershipLost());
    this.leadership?.signal.throwIfAborted();
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

  /** As `lead`. */
  async lead(database: Knex): Promise<AbortSignal> {
    const leadership = new AbortController();
    const connection = (await this.acquireConnection()) as EventEmitter;
    const act = (sql: string) => database.raw(sql).connection(connection);
    try {
      await act(`set lock_timeout = ${SUCCESSION_MS}`);
      await act(`select pg_advisory_lock(${LEADER})`);
      await act(`set lock_timeout = ${PATIENCE_MS}`);
      connection.once('end', () => leadership.abort(leadershipLost()));
      this.leadership = leadership;
      return leadership.signal;
    } catch (error) {
      throw (error as { readonly code?: unknown }).code === LOCK_TIMEOUT ? notLeader() : error;
    } finally {
      await this.releaseConnection(connection);
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

function notLeader(): BlockhostError {
  return new BlockhostError('store.not-leader', 'Another host that shares this database leads.', {
    remedy: 'It serves the purchases. Start this again when it is gone.',
  });
}

function leadershipLost(): BlockhostError {
  return new BlockhostError('store.leadership-lost', 'The connection by which this process led is gone.', {
    remedy: 'Start it again; another host that shares the database may lead meanwhile.',
  });
}
