// The type that DATABASE stands for and migrations take: a plugin needs no dependency of its own for it.
export type { Knex } from 'knex';
export { DATABASE, type DatabaseOptions, databaseFile, openDatabase } from './database.js';
export { lead } from './lead.js';
export type { PluginMigrations } from './migrate.js';
