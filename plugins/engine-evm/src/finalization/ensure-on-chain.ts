import {
  BlockhostError,
  type ChainEngine,
  hasCode,
  type Presence,
  type Settled,
  type SignedTransaction,
  type SigningKey,
  type StepContext,
  settle,
  systemClock,
  type TransactionDraft,
} from '@blockhost/kernel';
import { withWallet } from './host.js';

const ATTEMPTS = 3;
const CONFIRMATION_TIMEOUT_MS = 300_000;

export interface Wanted<T> {
  /** Under this name the signed transaction lies in the step's journal. */
  readonly name: string;
  readonly engine: ChainEngine;
  readonly key: SigningKey;
  /** What is wanted, when the chain has it already. */
  look(): Promise<T | null>;
  draft(): TransactionDraft;
  /** What the mined transaction has brought. */
  read(settled: Settled): Promise<T>;
}

/**
 * Makes sure that the chain has something, by at most one transaction across all runs of a step. A transaction that an
 * earlier run signed is settled first: only when there is none does `look` speak for the chain.
 */
export async function ensureOnChain<T>(context: StepContext, wanted: Wanted<T>): Promise<T> {
  const { journal, signal } = context;
  const { name, engine, key } = wanted;
  for (let attempt = 1; ; attempt += 1) {
    const earlier = journal.get<SignedTransaction | null>(name) ?? null;
    const found = earlier === null ? await wanted.look() : null;
    if (found !== null) return found;
    const draft = wanted.draft();
    context.progress(
      earlier === null ? `Asking the chain to ${draft.description}` : `Waiting for ${earlier.hash}`,
    );
    try {
      const settled = await settle({
        transactions: engine.transactions,
        draft,
        key,
        confirmations: engine.chain.confirmations,
        timeoutMs: CONFIRMATION_TIMEOUT_MS,
        pollMs: Math.min(3_000, Math.max(50, engine.chain.blockTimeMs / 10)),
        clock: systemClock,
        signal,
        journal: { load: async () => earlier, save: (signed) => journal.put(name, signed) },
        walletLock: (act) => withWallet(context, key, draft.description, act),
      });
      return await wanted.read(settled);
    } catch (error) {
      const lost = hasCode(error, 'chain.transaction-superseded');
      if (!lost && !hasCode(error, 'chain.transaction-reverted')) throw error;
      // These bytes will never do it: the next attempt looks at the chain and signs anew.
      await journal.put(name, null);
      if (!lost || attempt === ATTEMPTS) throw error;
    }
  }
}

/** The value of an answer, null when absent; what is unknown ends the step, to be tried again. */
export function known<T>(what: string, answer: Presence<T>): T | null {
  if (answer.kind === 'present') return answer.value;
  if (answer.kind === 'absent') return null;
  throw new BlockhostError('chain.unreachable', `${what} cannot be read from the chain: ${answer.reason}`, {
    remedy: 'Check the RPC node and go on with: blockhost setup --resume',
  });
}
