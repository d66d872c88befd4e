// All that this program uses of knex, in one place: the build bundles the compiled form of this module, because reading
// one file instead of three hundred and fifty takes two thirds off what knex adds to the start of a command.
export { default as knex } from 'knex';
export { default as SqliteDialect } from 'knex/lib/dialects/better-sqlite3/index.js';
