import type { Knex } from 'knex';
import type { SetupState } from './setup-state.js';

/** Takes a finished set-up over into the host's database; until then its file alone counts (host.md 5.3). */
export async function recordSetup(database: Knex, state: SetupState): Promise<void> {
  await database('setups')
    .insert({ run_id: state.run_id, completed_at: state.completed_at, state: JSON.stringify(state) })
    .onConflict('run_id')
    .merge();
}
