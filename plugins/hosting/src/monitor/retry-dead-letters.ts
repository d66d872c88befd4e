import { BlockhostError } from '@blockhost/kernel';
import { enqueue } from '../pipeline/enqueue.js';
import type { Host } from '../pipeline/host.js';
import { isOrder } from './intake.js';
import { shortReason } from './short-reason.js';

export interface RetriedLetter {
  readonly id: number;
  /** `gone`: the chain no longer has it. */
  readonly outcome: 'taken' | 'gone' | 'remains';
  readonly reason: string | null;
}

/**
 * Reads the blocks of dead letters again and takes what can be taken now; safe beside a running monitor, because an event
 * is taken once. Throws `monitor.no-such-letter`, `chain.unreachable`.
 */
export async function retryDeadLetters(
  host: Pick<Host, 'database' | 'chain' | 'clock'>,
  id: number | null,
  signal: AbortSignal,
): Promise<readonly RetriedLetter[]> {
  const { database } = host;
  const letters: Letter[] = await database('dead_letters')
    .where(id === null ? {} : { id })
    .orderBy('id');
  if (id !== null && letters.length === 0)
    throw new BlockhostError('monitor.no-such-letter', `There is no dead letter ${id}.`, {
      remedy: 'List them with `blockhost monitor dead-letters`.',
      exitCode: 3,
    });
  const results: RetriedLetter[] = [];
  for (const letter of letters) results.push(await retry(letter, host, signal));
  return results;
}

interface Letter {
  readonly id: number;
  readonly transaction_hash: string;
  readonly log_index: number;
  readonly height: number;
}

async function retry(
  { id, transaction_hash, log_index, height }: Letter,
  { database, chain, clock }: Pick<Host, 'database' | 'chain' | 'clock'>,
  signal: AbortSignal,
): Promise<RetriedLetter> {
  const isIt = (place: { readonly transactionHash: string; readonly logIndex: number }) =>
    place.transactionHash === transaction_hash && place.logIndex === log_index;
  const { events, undecodable } = await chain.blocks.scan(height, height, signal);
  const still = undecodable.find(isIt);
  if (still) return { id, outcome: 'remains', reason: still.reason };
  const event = events.find(isIt);
  try {
    await database.transaction(async (tx) => {
      if (event && isOrder(event)) await enqueue(tx, event, clock.now());
      await tx('dead_letters').where({ id }).delete();
    });
    return { id, outcome: event ? 'taken' : 'gone', reason: null };
  } catch (error) {
    return { id, outcome: 'remains', reason: shortReason(error) };
  }
}
