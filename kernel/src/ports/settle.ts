import { BlockhostError, hasCode, sentenceOf } from '../errors/blockhost-error.js';
import { failpoint } from '../run/failpoint.js';
import type {
  SignedTransaction,
  SigningKey,
  TransactionDraft,
  TransactionState,
  Transactions,
} from './chain-engine.js';
import type { Clock } from './clock.js';

export interface Settlement {
  readonly transactions: Transactions;
  readonly draft: TransactionDraft;
  readonly key: SigningKey;
  /** Blocks that must lie on the transaction, its own included. */
  readonly confirmations: number;
  /** How long to wait for them. */
  readonly timeoutMs: number;
  readonly pollMs: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** Where the signed bytes survive a crash; `save` resolves when they are durable. */
  readonly journal: TransactionJournal;
  /** Its key, to raise the fee of a transaction that is left lying. Without it, one waits. */
  bump?(): Promise<SigningKey>;
  /** Runs `act` under the wallet's lock, which all processes of the host share. */
  walletLock<T>(act: () => Promise<T>): Promise<T>;
}

export interface TransactionJournal {
  load(): Promise<SignedTransaction | null>;
  save(signed: SignedTransaction): Promise<void>;
}

export interface Settled {
  readonly transaction: SignedTransaction;
  readonly height: number;
  readonly confirmations: number;
}

/** Where a crash test may kill {@link settle}. */
export const settleFailpoints = ['sign', 'save', 'broadcast', 'confirm'].flatMap((step) => [
  `settle.${step}:before`,
  `settle.${step}:after`,
]);

/** Where it may be killed besides, when it raises a fee. */
export const bumpFailpoints = ['settle.bump:before', 'settle.bump:after'];

/**
 * Brings one transaction onto the chain exactly once, across crashes.
 *
 * The signed bytes are durable before anybody else sees them, so whoever comes back after a crash looks for the same
 * transaction and hands in the same bytes; a second one is never signed here, except with a higher fee for the same
 * sequence, of which the chain can only take one. Throws
 * - what `transactions.sign` and `transactions.broadcast` throw for a transaction that cannot be sent,
 * - `chain.transaction-reverted` when it was mined and failed,
 * - `chain.transaction-superseded` when another transaction took its place: look for the effect before signing anew,
 * - `chain.transaction-pending` (exit code 3, its hash in the facts) when it is not confirmed in time: call again.
 */
export async function settle(order: Settlement): Promise<Settled> {
  const { clock, signal, journal } = order;
  const deadline = clock.now() + order.timeoutMs;
  let transaction = (await journal.load()) ?? (await send(order));

  at('confirm:before');
  for (;;) {
    signal.throwIfAborted();
    const { version, seen } = await look(order, transaction);
    let waitingFor = seen.state === 'unknown' ? seen.reason : `it is ${seen.state}`;
    if (seen.state === 'mined') {
      if (seen.confirmations >= order.confirmations) {
        if (version.hash !== transaction.hash) await journal.save(version);
        if (!seen.success) throw reverted(version);
        at('confirm:after');
        return { transaction: version, height: seen.height, confirmations: seen.confirmations };
      }
      waitingFor = `it has ${seen.confirmations} of ${order.confirmations} confirmations`;
    } else if (seen.state === 'superseded') throw superseded(transaction);
    else if (seen.state === 'pending' || seen.state === 'unseen') {
      const newer = await withHigherFee(order, transaction);
      if (newer === transaction && seen.state === 'unseen')
        waitingFor = (await broadcastAgain(order, transaction)) ?? waitingFor;
      transaction = newer;
    }
    if (clock.now() >= deadline) throw pending(transaction, waitingFor);
    await clock.sleep(order.pollMs, signal);
  }
}

/** First time: signs, saves and broadcasts without letting go of the wallet. */
function send({
  transactions,
  draft,
  key,
  journal,
  walletLock,
  signal,
}: Settlement): Promise<SignedTransaction> {
  return walletLock(async () => {
    // Somebody else may have signed it while the wallet was busy.
    const known = await journal.load();
    if (known) return known;
    at('sign:before');
    const signed = await transactions.sign(draft, key, signal);
    at('sign:after');
    at('save:before');
    await journal.save(signed);
    at('save:after');
    at('broadcast:before');
    await hand(signed, transactions, signal);
    at('broadcast:after');
    return signed;
  });
}

/** The same bytes again, unless somebody saw them meanwhile; answers why the network could not be reached. */
function broadcastAgain(
  { transactions, walletLock, signal }: Settlement,
  transaction: SignedTransaction,
): Promise<string | undefined> {
  return walletLock(async () => {
    const seen = await transactions.lookup(transaction, signal);
    if (seen.state !== 'unseen') return undefined;
    at('broadcast:before');
    const unreached = await hand(transaction, transactions, signal);
    at('broadcast:after');
    return unreached;
  });
}

/**
 * What has become of a transaction and its earlier versions, at most one of which can be mined. That none can be any more
 * is known only when it holds for each.
 */
async function look(
  { transactions, signal }: Settlement,
  transaction: SignedTransaction,
): Promise<{ version: SignedTransaction; seen: TransactionState }> {
  let allLost = true;
  for (const version of transaction.earlier ?? []) {
    const seen = await transactions.lookup(version, signal);
    if (seen.state === 'mined') return { version, seen };
    allLost &&= seen.state === 'superseded';
  }
  const seen = await transactions.lookup(transaction, signal);
  if (seen.state !== 'superseded' || allLost) return { version: transaction, seen };
  const reason = 'one of its earlier versions may have been mined';
  return { version: transaction, seen: { state: 'unknown', reason } };
}

/** The newer version of a transaction that is left lying; itself when it has to wait. */
async function withHigherFee(order: Settlement, transaction: SignedTransaction): Promise<SignedTransaction> {
  const { transactions, journal, walletLock, signal } = order;
  const key = await order.bump?.();
  if (!key) return transaction;
  let raised: SignedTransaction | null = null;
  await reach(async () => {
    raised = await transactions.bump(transaction, key, signal);
  });
  const newer: SignedTransaction | null = raised;
  if (newer === null) return transaction;
  return walletLock(async () => {
    const known = (await journal.load()) ?? transaction;
    if (known.hash !== transaction.hash) return known;
    at('bump:before');
    await journal.save(newer);
    at('bump:after');
    at('broadcast:before');
    await hand(newer, transactions, signal);
    at('broadcast:after');
    return newer;
  });
}

/**
 * Broadcasts. What is too cheap at this moment waits; a newer version is refused when an earlier one was mined a moment
 * ago, which the next look shows.
 */
function hand(
  transaction: SignedTransaction,
  transactions: Transactions,
  signal: AbortSignal,
): Promise<string | undefined> {
  const forgiven = transaction.earlier ? [...WAITING, 'chain.rejected'] : WAITING;
  return reach(() => transactions.broadcast(transaction, signal), forgiven);
}

const WAITING = ['chain.unreachable', 'chain.underpriced'];

/** A node that cannot be reached is asked again until the time is up; every other refusal is final. */
async function reach(
  act: () => Promise<void>,
  forgiven: readonly string[] = WAITING,
): Promise<string | undefined> {
  try {
    await act();
    return undefined;
  } catch (error) {
    if (!forgiven.some((code) => hasCode(error, code))) throw error;
    return sentenceOf(error);
  }
}

function at(place: string): void {
  failpoint(`settle.${place}`);
}

function reverted({ hash, description }: SignedTransaction): BlockhostError {
  return new BlockhostError(
    'chain.transaction-reverted',
    `The transaction to ${description} failed on the chain.`,
    {
      facts: { transaction: hash },
      remedy: 'Look the transaction up in a block explorer, remove the reason and try again.',
    },
  );
}

function superseded({ hash, description }: SignedTransaction): BlockhostError {
  return new BlockhostError(
    'chain.transaction-superseded',
    `The transaction to ${description} can never be mined: another one from the same wallet took its place.`,
    {
      facts: { transaction: hash },
      remedy: 'Make sure nothing else sends from this wallet, then try again.',
    },
  );
}

function pending({ hash, description }: SignedTransaction, waitingFor: string): BlockhostError {
  return new BlockhostError(
    'chain.transaction-pending',
    `The transaction to ${description} was handed to the network and is not confirmed yet: ${waitingFor}.`,
    {
      facts: { transaction: hash },
      remedy: 'Run the same again later: it looks for this transaction and sends no second one.',
      exitCode: 3,
    },
  );
}
