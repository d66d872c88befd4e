import type { UndecodableLog } from '@blockhost/kernel';
import type { Knex } from 'knex';

const KEPT = 200;

/** Keeps what nobody could read or take, for an operator; the oldest beyond {@link KEPT} go (engine.md 3.2). */
export async function keepDeadLetter(tx: Knex, letter: UndecodableLog, now: number): Promise<void> {
  await tx('dead_letters')
    .insert({
      transaction_hash: letter.transactionHash,
      log_index: letter.logIndex,
      height: letter.height,
      reason: letter.reason,
      raw: letter.raw,
      received_at: now,
    })
    .onConflict(['transaction_hash', 'log_index'])
    // After a reorganisation it may lie in another block.
    .merge(['height', 'reason', 'raw']);
  await tx('dead_letters')
    .whereIn('id', tx('dead_letters').select('id').orderBy('id', 'desc').offset(KEPT))
    .delete();
}
