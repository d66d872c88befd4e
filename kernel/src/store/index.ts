export { DATABASE, type DatabaseOptions, databaseFile, openDatabase } from './database.js';
export type { PluginMigrations } from './migrate.js';
