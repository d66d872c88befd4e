import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { SqliteDialect } from './knex.js';

/** How long a statement waits for another writer; one transaction of the host takes milliseconds. */
const PATIENCE_MS = 15_000;
/** The driver waits that long by blocking the whole process, so it is short. */
const BLOCKING_MS = 10;

/**
 * Knex's SQLite dialect for a database that several processes write.
 *
 * - Every transaction takes the write lock at its beginning: a deferred one that reads before it writes fails with
 *   SQLITE_BUSY_SNAPSHOT as soon as another process wrote in between, and no waiting helps.
 * - A busy database is asked again without blocking the process that waits.
 * - A commit survives a power cut: WAL with `synchronous=FULL`.
 */
export class SqliteClient extends SqliteDialect {
  override async acquireRawConnection(): Promise<Database> {
    const connection = await super.acquireRawConnection();
    connection.pragma(`busy_timeout = ${PATIENCE_MS}`);
    connection.pragma('journal_mode = WAL');
    connection.pragma(`busy_timeout = ${BLOCKING_MS}`);
    connection.pragma('synchronous = FULL');
    connection.pragma('foreign_keys = ON');
    return connection;
  }

  override async _query(connection: Database, query: { sql: string }): Promise<unknown> {
    if (query.sql === 'BEGIN;') query.sql = 'BEGIN IMMEDIATE;';
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await super._query(connection, query);
      } catch (error) {
        // Also while another process recovers the log of one that was killed (`SQLITE_BUSY_RECOVERY`).
        const busy = String((error as { code?: unknown }).code).startsWith('SQLITE_BUSY');
        if (!busy || performance.now() > deadline) throw error;
        await wait(Math.random() * BLOCKING_MS);
      }
    }
  }
}
