import type { Knex } from 'knex';
import type { Tagged } from './tag.js';

/** Entry `migrations`: ordered schema changes of a plugin's own tables. */
export interface Migrations extends Tagged<'migrations'> {
  readonly migrations: readonly Migration[];
}

export interface Migration {
  /** `0001-what-it-does`; the order is the list's, ids never change once released. */
  readonly id: string;
  /** Runs in one transaction together with its record. */
  up(knex: Knex): Promise<void>;
}

export function defineMigrations(migrations: readonly Migration[]): Migrations {
  return { $type: 'blockhost.migrations', major: 1, migrations };
}
