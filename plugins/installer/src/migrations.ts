import { defineMigrations } from '@blockhost/kernel';

export default defineMigrations([
  {
    id: '0001-set-ups',
    async up(knex) {
      await knex.schema.createTable('setups', (table) => {
        table.string('run_id').primary();
        table.string('completed_at').notNullable();
        table.text('state').notNullable().comment('The finished set-up state as JSON, without secrets');
      });
    },
  },
]);
