import type { Knex } from 'knex';
import type { Migration } from '../entries/migrations.js';
import { BlockhostError } from '../errors/blockhost-error.js';

export interface PluginMigrations {
  readonly plugin: string;
  readonly migrations: readonly Migration[];
}

const TABLE = 'kernel_migrations';

/**
 * Applies what is missing, each migration in one transaction with its record.
 *
 * The transaction takes the write lock before it looks, so processes that start together apply each migration once; one
 * that was killed half-way leaves no trace and is applied again.
 */
export async function migrate(database: Knex, plugins: readonly PluginMigrations[]): Promise<void> {
  await database.raw(
    `create table if not exists ${TABLE} (
      plugin text not null, id text not null, applied_at integer not null, primary key (plugin, id)
    ) strict`,
  );
  for (const { plugin, migrations } of plugins) {
    await refuseNewer(database, plugin, migrations);
    for (const migration of migrations) await apply(database, plugin, migration);
  }
}

async function refuseNewer(database: Knex, plugin: string, known: readonly Migration[]): Promise<void> {
  const applied: string[] = await database(TABLE).where({ plugin }).pluck('id');
  const foreign = applied.filter((id) => !known.some((migration) => migration.id === id));
  if (foreign.length > 0)
    throw new BlockhostError(
      'store.newer-than-code',
      `The host's database was written by a newer version of ${plugin}.`,
      {
        facts: { 'unknown migrations': foreign.join(', ') },
        remedy: `Install the version of ${plugin} that was here before, or a newer one.`,
      },
    );
}

async function apply(database: Knex, plugin: string, { id, up }: Migration): Promise<void> {
  if (await isApplied(database, plugin, id)) return;
  try {
    await database.transaction(async (tx) => {
      if (await isApplied(tx, plugin, id)) return;
      await up(tx);
      await tx(TABLE).insert({ plugin, id, applied_at: Date.now() });
    });
  } catch (cause) {
    throw new BlockhostError(
      'store.migration-failed',
      `Migration ${id} of ${plugin} failed; the database is as before it.`,
      { cause, remedy: 'Remove the reason below and start again: it is applied again from its beginning.' },
    );
  }
}

async function isApplied(database: Knex, plugin: string, id: string): Promise<boolean> {
  return (await database(TABLE).where({ plugin, id }).first('id')) !== undefined;
}
