import { setTimeout as wait } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { BlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import { SqliteDialect } from './knex.js';

/** How long a statement waits for another writer; one transaction of the host takes milliseconds. */
const PATIENCE_MS = 15_000;
/** The driver waits that long by blocking the whole process, so it is short. */
const BLOCKING_MS = 10;

/** Nothing that the statement did: the disk is full, read-only or broken. */
const DISK = /^SQLITE_(FULL|IOERR|READONLY)/;

/**
 * Knex's SQLite dialect for a database that several processes write.
 *
 * - Every transaction takes the write lock at its beginning: a deferred one that reads before it writes fails with
 *   SQLITE_BUSY_SNAPSHOT as soon as another process wrote in between, and no waiting helps.
 * - A busy database is asked again without blocking the process that waits.
 * - What the disk refuses is `store.unwritable`.
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
        const code = String((error as { code?: unknown }).code);
        if (DISK.test(code)) throw unwritable(connection.name, error);
        // Also while another process recovers the log of one that was killed (`SQLITE_BUSY_RECOVERY`).
        const busy = code.startsWith('SQLITE_BUSY');
        if (!busy || performance.now() > deadline) throw error;
        await wait(Math.random() * BLOCKING_MS);
      }
    }
  }
}

/** Knex puts the statement, values and all, before the message of an error: the sentence stays as it is. */
function unwritable(file: string, error: unknown): BlockhostError {
  return new BlockhostError(
    'store.unwritable',
    `The host's database cannot be written: ${sentenceOf(error)}.`,
    {
      facts: { file },
      remedy: 'Free space on its file system, or mount that writable; then try again: nothing was changed.',
    },
  );
}
