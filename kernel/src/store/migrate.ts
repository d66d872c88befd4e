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
  const applied: Applied[] = await database(TABLE).select('plugin', 'id');
  for (const { plugin, migrations } of plugins) {
    const ids = applied.filter((each) => each.plugin === plugin).map(({ id }) => id);
    refuseNewer(plugin, migrations, ids);
    for (const migration of migrations)
      if (!ids.includes(migration.id)) await apply(database, plugin, migration);
  }
}

interface Applied {
  readonly plugin: string;
  readonly id: string;
}

function refuseNewer(plugin: string, known: readonly Migration[], applied: readonly string[]): void {
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
  try {
    await database.transaction(async (tx) => {
      // Another process may have applied it since it was looked for.
      if (await tx(TABLE).where({ plugin, id }).first('id')) return;
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
