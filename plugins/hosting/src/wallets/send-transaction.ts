import {
  BlockhostError,
  type ChainEngine,
  hasCode,
  type Paths,
  type SignedTransaction,
  type SigningKey,
  sentenceOf,
  settle,
  systemClock,
  type TransactionDraft,
  type TransactionJournal,
} from '@blockhost/kernel';
import { withWallet } from './with-wallet.js';

export interface Sending {
  readonly chain: Pick<ChainEngine, 'chain' | 'transactions'>;
  readonly paths: Pick<Paths, 'run'>;
  readonly signal: AbortSignal;
  /** How long to wait until it is mined; null: not at all. */
  readonly waitMs: number | null;
  /** Where the signed bytes outlive the process; those of an earlier one are settled instead of signing anew. */
  readonly journal?: TransactionJournal;
  /** Told of the transaction before anybody else sees it, so that its hash outlives a kill. */
  announce(transaction: SignedTransaction): void;
}

const DEAD = ['chain.transaction-reverted', 'chain.transaction-superseded', 'chain.rejected'];

/** The transaction will have no effect; after any other failure it may. */
export function hasNoEffect(error: unknown): boolean {
  return DEAD.some((code) => hasCode(error, code));
}

/**
 * Sends one transaction for a person. Without a journal it is not remembered: when its end is not known,
 * `chain.transaction-pending` (exit code 3, the hash in the facts) asks the person to look for it before sending another
 * (engine.md 2.1).
 */
export async function sendTransaction(
  draft: TransactionDraft,
  key: SigningKey,
  sending: Sending,
): Promise<SignedTransaction> {
  let sent: SignedTransaction | null = null;
  const keep = async (transaction: SignedTransaction) => {
    await sending.journal?.save(transaction);
    sent = transaction;
    sending.announce(transaction);
  };
  const load = async () => {
    sent ??= (await sending.journal?.load()) ?? null;
    return sent;
  };
  try {
    // One that was sent before is looked for, also by those who do not wait.
    return await (sending.waitMs === null && (await load()) === null
      ? handIn(draft, key, sending, keep)
      : mine(draft, key, sending, sending.waitMs ?? 0, { load, save: keep }));
  } catch (error) {
    if (sent === null || hasNoEffect(error)) throw error;
    throw pending(sent, sending, sending.signal.aborted ? 'interrupted' : sentenceOf(error));
  }
}

/** True for the end that {@link sendTransaction} does not know; the hash is in the error's facts. */
export function isPending(error: unknown): error is BlockhostError {
  return hasCode(error, 'chain.transaction-pending');
}

async function mine(
  draft: TransactionDraft,
  key: SigningKey,
  { chain, paths, signal }: Sending,
  timeoutMs: number,
  journal: TransactionJournal,
): Promise<SignedTransaction> {
  const { transaction } = await settle({
    transactions: chain.transactions,
    draft,
    key,
    confirmations: 1,
    timeoutMs,
    pollMs: Math.min(4_000, Math.max(50, chain.chain.blockTimeMs / 10)),
    clock: systemClock,
    signal,
    journal,
    walletLock: (act) => withWallet({ paths }, key, draft.description, act, { signal }),
  });
  return transaction;
}

async function handIn(
  draft: TransactionDraft,
  key: SigningKey,
  { chain, paths, signal }: Sending,
  keep: (transaction: SignedTransaction) => Promise<void>,
): Promise<SignedTransaction> {
  const send = async () => {
    const transaction = await chain.transactions.sign(draft, key, signal);
    await keep(transaction);
    await chain.transactions.broadcast(transaction, signal);
    return transaction;
  };
  return withWallet({ paths }, key, draft.description, send, { signal });
}

function pending(
  { hash, description }: SignedTransaction,
  { journal }: Sending,
  reason: string,
): BlockhostError {
  return new BlockhostError('chain.transaction-pending', `pending: ${description}: ${reason}`, {
    facts: { transaction: hash },
    remedy: journal
      ? 'It may still be mined. Give the same again later: it goes on with this one and sends no second.'
      : 'Look this transaction up before you send another: it may still be mined.',
    exitCode: 3,
  });
}
