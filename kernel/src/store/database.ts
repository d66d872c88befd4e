import { existsSync } from 'node:fs';
import { chmod, open } from 'node:fs/promises';
import path from 'node:path';
import type { Knex } from 'knex';
import { makeFolder } from '../config/make-folder.js';
import { BlockhostError, hasCode } from '../errors/blockhost-error.js';
import type { Paths } from '../ports/paths.js';
import { serviceToken } from '../ports/token.js';
import { migrate, type PluginMigrations } from './migrate.js';

/** The host's database, open and migrated. Inside a transaction use its handle only: there is one connection. */
export const DATABASE = serviceToken<Knex>('database');

export interface DatabaseOptions {
  readonly paths: Pick<Paths, 'state'>;
  /** Every plugin's migrations, in the order of the plugins. */
  readonly migrations: readonly PluginMigrations[];
  /** `database.url` of blockhost.yaml. */
  readonly url?: string | null;
}

const MODE = 0o640;
/** Written by the set-up when the host is complete (host.md 5.2). */
const SETUP_COMPLETE = '.setup-complete';

/** Where the database lies (architecture, section 6). */
export function databaseFile(paths: Pick<Paths, 'state'>): string {
  return path.join(paths.state, 'blockhost.db');
}

/**
 * Opens `$STATE/blockhost.db`, creates it when missing and brings its schema up to date; with `url` the same in a
 * PostgreSQL database, which must exist. The caller destroys it.
 *
 * An empty one on a host that was set up is a lost one: everything sold would be made again. Throws `store.lost`,
 * `store.damaged`, `store.cannot-open`, `store.newer-than-code`, `store.migration-failed`, `store.bad-url`, `store.unreachable`.
 */
export async function openDatabase({ paths, migrations, url }: DatabaseOptions): Promise<Knex> {
  const database = url ? await openServer(url, paths) : await openFile(paths);
  try {
    await migrate(database, migrations);
    return database;
  } catch (error) {
    await database.destroy();
    throw error;
  }
}

async function openFile(paths: Pick<Paths, 'state'>): Promise<Knex> {
  const file = databaseFile(paths);
  let database: Knex | undefined;
  try {
    await createWithMode(file);
    const { connect } = await import('./connect.js');
    database = connect(file);
    const [{ tables }] = await database.raw('select count(*) as tables from sqlite_schema');
    if (tables === 0 && isSetUp(paths)) throw lost(file);
    return database;
  } catch (cause) {
    await database?.destroy();
    if (hasCode(cause, 'store.lost')) throw cause;
    if (/^SQLITE_(CORRUPT|NOTADB)/.test(String((cause as { code?: unknown }).code)))
      throw new BlockhostError('store.damaged', `The host's database is damaged.`, {
        cause,
        facts: { file },
        remedy: 'Stop every program of the host and put the file back from the backup; nothing was changed.',
      });
    throw new BlockhostError('store.cannot-open', `The host's database cannot be opened.`, {
      cause,
      facts: { file },
      remedy: 'Check that the folder exists, is writable for this user and has free space.',
    });
  }
}

/** `url` may hold a password: it is in no error. */
async function openServer(url: string, paths: Pick<Paths, 'state'>): Promise<Knex> {
  if (!/^postgres(ql)?:\/\//.test(url) || !URL.canParse(url.replace('///', '//localhost/')))
    throw new BlockhostError(
      'store.bad-url',
      '`database.url` in blockhost.yaml is no address of PostgreSQL.',
      {
        remedy: 'Write it as postgres://user:password@host/database, or leave it out.',
      },
    );
  const { connectPostgres } = await import('./connect-postgres.js');
  const database = connectPostgres(url);
  try {
    const [{ tables }] = await database.raw(
      'select count(*) as tables from information_schema.tables where table_schema = current_schema()',
    );
    if (tables === 0 && isSetUp(paths)) throw lost('database.url');
    return database;
  } catch (cause) {
    await database.destroy();
    if (hasCode(cause, 'store.lost') || hasCode(cause, 'store.unreachable')) throw cause;
    throw new BlockhostError('store.cannot-open', `The host's database cannot be opened.`, {
      cause,
      remedy:
        'Check `database.url` in blockhost.yaml: the database must exist, and the account must own its tables.',
    });
  }
}

function isSetUp(paths: Pick<Paths, 'state'>): boolean {
  return existsSync(path.join(paths.state, SETUP_COMPLETE));
}

function lost(file: string): BlockhostError {
  return new BlockhostError('store.lost', 'This host is set up, but its database is empty or gone.', {
    facts: { file },
    remedy: `Put the file back from the backup. To start afresh all the same, remove ${SETUP_COMPLETE} beside it.`,
  });
}

/** SQLite gives the files beside the database (`-wal`, `-shm`) the mode of the database itself. */
async function createWithMode(file: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o750);
  try {
    const created = await open(file, 'wx', MODE);
    await created.close();
    await chmod(file, MODE);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}
