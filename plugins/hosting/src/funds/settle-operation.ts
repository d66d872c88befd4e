import {
  type Address,
  BlockhostError,
  hasCode,
  type Run,
  type SigningKey,
  sentenceOf,
  settle,
  type TransactionDraft,
  type Transactions,
} from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import { AddressBook } from '../wallets/address-book.js';
import { keyOf } from '../wallets/wallet-key.js';
import { withWallet } from '../wallets/with-wallet.js';
import type { FundHost } from './fund-host.js';
import type { FundJournal } from './journal.js';
import { DISTRIBUTION, type Operation, type Transfer } from './operation.js';

export interface SettleContext {
  readonly host: FundHost;
  readonly journal: FundJournal;
  readonly run: Run;
  /** How long to wait for the confirmations. */
  readonly timeoutMs: number;
  /** The transaction of a step that is more than a transfer. */
  readonly draft?: ((transfer: Transfer) => TransactionDraft) | undefined;
}

/** Changes of the address book while one transfer waits for its wallet. */
const RETARGETS = 3;

/**
 * Brings one operation to its end, exactly once across crashes; answers null when the money arrived, else why not. What
 * was not signed keeps its plan or loses it, what was signed stays open until the chain tells its fate. Throws only when
 * the work is told to stop or the journal cannot be written.
 */
export async function settleOperation(operation: Operation, context: SettleContext): Promise<string | null> {
  const { journal, run } = context;
  for (let tries = RETARGETS; ; tries -= 1) {
    const planned = await journal.find(operation.id);
    const { step, toRole, amount } = planned;
    const what = `${step} of ${amount} to ${toRole}`;
    try {
      const height = await send(planned, context);
      await run.step('confirm', () => journal.confirmed(planned, height));
      return null;
    } catch (error) {
      run.signal.throwIfAborted();
      if (hasCode(error, 'funds.recipient-changed') && tries > 1) continue;
      const reason = `${what}: ${sentenceOf(error)}`;
      const { signed } = await journal.find(operation.id);
      if (planned.supersededAt !== null && !hasCode(error, 'chain.transaction-superseded'))
        await journal.superseded(planned, null);
      if (await isOver({ ...planned, signed }, error, context))
        await run.step('fail', () => journal.failed(planned, reason));
      else if (signed === null && !DISTRIBUTION.includes(step))
        await run.step('drop', () => journal.drop(planned));
      else await journal.note(planned, reason);
      return reason;
    }
  }
}

/** Signs if nobody has, and waits until the transaction is safe; answers its height. */
async function send(operation: Operation, context: SettleContext): Promise<number> {
  const { host, journal, run } = context;
  const { chain, clock } = host;
  const { signer, hasKey } = await signerOf(operation, host);
  const { height } = await settle({
    transactions: noting(chain.transactions, () =>
      run.step('note-broadcast', () => journal.broadcast(operation)),
    ),
    draft: operation.signed ? NOTHING : await draftOf(operation, context),
    key: signer,
    confirmations: chain.chain.confirmations,
    timeoutMs: context.timeoutMs,
    pollMs: Math.min(5_000, Math.max(50, chain.chain.blockTimeMs / 2)),
    clock,
    signal: run.signal,
    journal: {
      async load() {
        const { signed, to } = await journal.find(operation.id);
        if (signed === null && (await recipientOf(operation, host)) !== to) throw recipientChanged();
        return signed;
      },
      save: (signed) => journal.signed(operation, signed),
    },
    ...(hasKey && { bump: async () => signer }),
    walletLock: (act) =>
      withWallet(host, signer, `moving money (${operation.step})`, act, { signal: run.signal }),
  });
  return height;
}

/** Who signs, or has signed: the host may hold another key by now, and then nobody can raise the fee. */
async function signerOf(
  operation: Operation,
  host: FundHost,
): Promise<{ readonly signer: SigningKey; readonly hasKey: boolean }> {
  const { signed, fromRole } = operation;
  const find = async () => keyOf(host, (await AddressBook.read(host)).signer(fromRole));
  if (signed === null) return { signer: await find(), hasKey: true };
  const key = await find().catch(() => null);
  return key && host.chain.addresses.same(key.address, signed.from)
    ? { signer: key, hasKey: true }
    : { signer: { address: signed.from }, hasKey: false };
}

/** Where the money goes by the address book of now, which wins until the moment of signing. */
async function draftOf(operation: Operation, { host, journal, run, draft }: SettleContext) {
  const to = await recipientOf(operation, host);
  if (to !== operation.to) await run.step('retarget', () => journal.retarget(operation, to));
  const { funds } = host.chain;
  const { step, token, amount } = operation;
  if (draft) return draft({ ...operation, to });
  if (token === null) return funds.sendNative(to, amount);
  return step === 'withdraw' ? funds.withdraw(token, to) : funds.sendToken(token, to, amount);
}

async function recipientOf({ toRole }: Operation, host: FundHost): Promise<Address> {
  const wallet = (await AddressBook.read(host)).find(toRole);
  if (wallet) return wallet.address;
  throw new BlockhostError('funds.no-recipient', `The address book has no usable entry "${toRole}".`, {
    remedy: `Add it: \`ab add ${toRole} ADDRESS\`.`,
  });
}

/** True when the operation can never succeed any more: its money is free, or owed. */
async function isOver(operation: Operation, error: unknown, context: SettleContext): Promise<boolean> {
  if (hasCode(error, 'chain.transaction-reverted')) return true;
  if (operation.signed !== null)
    return hasCode(error, 'chain.transaction-superseded') && isDeep(operation, context);
  if (hasCode(error, 'chain.would-revert') || hasCode(error, 'funds.no-recipient')) return true;
  return hasCode(error, 'chain.insufficient-funds') && lacksToken(operation, context.host);
}

/** A transaction that took the place may itself be lost in a reorganisation: until it is safe, nothing is paid again. */
async function isDeep(operation: Operation, { host, journal, run }: SettleContext): Promise<boolean> {
  const head = await host.chain.blocks.head(run.signal);
  if (head.kind !== 'present') return false;
  const since = operation.supersededAt ?? head.value.height;
  if (operation.supersededAt === null || head.value.height < since)
    await journal.superseded(operation, head.value.height);
  return head.value.height - since + 1 >= host.chain.chain.confirmations;
}

/** Somebody took the tokens that were to be sent; without the fee alone, the plan stands. */
async function lacksToken({ token, fromRole, amount }: Operation, host: FundHost): Promise<boolean> {
  if (token === null) return false;
  const { address } = (await AddressBook.read(host)).signer(fromRole);
  const held = await host.chain.funds.tokenBalance(token, address);
  return held.kind === 'present' && known(held, 'The balance') < amount;
}

/** Tells of each broadcast that the network took. */
function noting(transactions: Transactions, broadcast: () => Promise<void>): Transactions {
  return {
    sign: (draft, key, signal) => transactions.sign(draft, key, signal),
    lookup: (transaction, signal) => transactions.lookup(transaction, signal),
    bump: (transaction, key, signal) => transactions.bump(transaction, key, signal),
    async broadcast(transaction, signal) {
      await transactions.broadcast(transaction, signal);
      await broadcast();
    },
  };
}

/** What was signed is not made again. */
const NOTHING: TransactionDraft = { description: 'nothing', body: null };

const recipientChanged = () =>
  new BlockhostError('funds.recipient-changed', 'The address book changed while the transfer waited.');
