import {
  type ChainEngine,
  hasCode,
  type Settled,
  type SignedTransaction,
  type SigningKey,
  settle,
  systemClock,
  type TransactionDraft,
} from '@blockhost/kernel';
import { type WalletUse, withWallet } from './with-wallet.js';

const ATTEMPTS = 3;
const CONFIRMATION_TIMEOUT_MS = 300_000;

/** Whoever wants something on the chain: a step of the set-up, a command. */
export interface ChainTask extends WalletUse {
  /** Durable notes, by name; `put` resolves when they are on disk. */
  readonly journal: {
    get<T>(name: string): T | undefined | Promise<T | undefined>;
    put(name: string, value: unknown): Promise<void>;
  };
  progress(message: string): void;
}

export interface Wanted<T> {
  /** Under this name the signed transaction lies in the journal. */
  readonly name: string;
  readonly engine: ChainEngine;
  readonly key: SigningKey;
  /** How long to wait for the confirmations; five minutes unless told. */
  readonly timeoutMs?: number;
  /** What is wanted, when the chain has it already. */
  look(): Promise<T | null>;
  draft(): TransactionDraft;
  /** What the mined transaction has brought. */
  read(settled: Settled): Promise<T>;
}

/**
 * Makes sure that the chain has something, by at most one transaction across all runs of a task. A transaction that an
 * earlier run signed is settled first: only when there is none does `look` speak for the chain.
 */
export async function ensureOnChain<T>(task: ChainTask, wanted: Wanted<T>): Promise<T> {
  const { journal, signal } = task;
  const { name, engine, key, timeoutMs = CONFIRMATION_TIMEOUT_MS } = wanted;
  const noted = async () => (await journal.get<SignedTransaction | null>(name)) ?? null;
  for (let attempt = 1; ; attempt += 1) {
    const earlier = await noted();
    const found = earlier === null ? await wanted.look() : null;
    if (found !== null) return found;
    const draft = wanted.draft();
    task.progress(
      earlier === null ? `Asking the chain to ${draft.description}` : `Waiting for ${earlier.hash}`,
    );
    try {
      const settled = await settle({
        transactions: engine.transactions,
        draft,
        key,
        bump: async () => key,
        confirmations: engine.chain.confirmations,
        timeoutMs,
        pollMs: Math.min(3_000, Math.max(50, engine.chain.blockTimeMs / 10)),
        clock: systemClock,
        signal,
        journal: { load: noted, save: (signed) => journal.put(name, signed) },
        walletLock: (act) => withWallet(task, key, draft.description, act),
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
