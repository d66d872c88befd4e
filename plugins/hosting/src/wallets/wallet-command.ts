import {
  BlockhostError,
  CHAIN_ENGINE,
  type ChainEngine,
  type ChainEngineCapabilities,
  CLOCK,
  CONFIG,
  type HostConfig,
  PATHS,
  type Paths,
  type SignedTransaction,
  type SigningKey,
  sentenceOf,
  type TransactionDraft,
  type TransactionJournal,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { AddressBook } from './address-book.js';
import { formatAmount } from './amount.js';
import { hasNoEffect, isPending, sendTransaction } from './send-transaction.js';
import { keyOf } from './wallet-key.js';
import { WalletOrder } from './wallet-order.js';

/** On chains whose blocks take longer, commands return once a transaction is handed in (engine.md 2.2). */
const SLOW_BLOCKS_MS = 60_000;
const WAIT_S = 120;
const SLOW_WAIT_S = 3_600;

export interface WalletHost {
  readonly chain: ChainEngine & Partial<ChainEngineCapabilities>;
  readonly config: HostConfig;
  readonly paths: Paths;
  readonly book: AddressBook;
}

/** Flags of every command that sends. */
export const sendingFlags = {
  wait: Flags.boolean({
    summary: 'wait until it is mined, or not; as suits the chain unless told',
    allowNo: true,
  }),
  timeout: Flags.integer({
    summary: 'seconds to wait; then the transaction is pending (exit code 3)',
    helpValue: 'SECONDS',
    min: 1,
  }),
};

/** Flags of the commands that move money, and remember what they were told. */
export const orderFlags = {
  'dry-run': Flags.boolean({ summary: 'only simulate it: print what would be sent' }),
  again: Flags.boolean({ summary: 'send it once more, although the same has not come to its end' }),
};

export interface OrderFlags {
  readonly 'dry-run': boolean;
  readonly again: boolean;
}

/** Of what was signed before, and is not made again. */
const NOTHING: TransactionDraft = { description: 'nothing', body: null };

export interface SendingFlags {
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
  readonly journal?: TransactionJournal;
}

/** What the verbs of `bw` have in common: chain and address book, sending, and how results are told. */
export abstract class WalletCommand extends BlockhostCommand {
  readonly #notes: string[] = [];
  readonly #told: unknown[] = [];
  #order: WalletOrder | null = null;
  /** It may send more than one transaction: with --json they are one list, also when a later one fails. */
  protected readonly sendsSeveral: boolean = false;

  /** Throws `wallet.no-address-book` when the book is missing or has no usable wallet. */
  protected async host(): Promise<WalletHost> {
    const [chain, config, paths] = await Promise.all([
      this.get(CHAIN_ENGINE),
      this.get(CONFIG),
      this.get(PATHS),
    ]);
    const book = await AddressBook.read({ config, chain });
    this.#notes.push(...book.problems);
    if (book.wallets.length > 0) return { chain, config, paths, book };
    throw new BlockhostError('wallet.no-address-book', 'The address book is empty.', {
      remedy: 'Run the set-up, or begin one with `ab --init`.',
    });
  }

  /** The key of the contracts' owner. */
  protected ownerKey(host: WalletHost): Promise<SigningKey> {
    return keyOf(host, host.book.signer('server'));
  }

  /**
   * Sends one transaction. Its hash stands on stderr before anybody has seen it; a transaction that is not mined in time is
   * told on stdout as well (exit code 3).
   */
  protected async send(
    host: WalletHost,
    draft: TransactionDraft,
    key: SigningKey,
    flags: SendingFlags,
    line: (hash: string) => string = (hash) => hash,
  ): Promise<SignedTransaction> {
    const { chain, paths } = host;
    const { timeout, journal } = flags;
    const slow = chain.chain.blockTimeMs > SLOW_BLOCKS_MS;
    const seconds = timeout ?? (slow ? SLOW_WAIT_S : WAIT_S);
    const sending = {
      chain,
      paths,
      signal: this.signal,
      waitMs: this.waits(host, flags) ? seconds * 1_000 : null,
      ...(journal ? { journal } : {}),
      announce: ({ hash, description }: SignedTransaction) =>
        this.progress(`pending: ${hash} to ${description}`),
    };
    return sendTransaction(draft, key, sending).catch((error) => {
      if (isPending(error)) {
        const transaction = String(error.facts.transaction);
        this.tell({ status: 'pending', transaction }, line(transaction));
      }
      throw error;
    });
  }

  /** The order that these words are, or the same one that an earlier command has begun and not ended. */
  protected async order(
    { chain }: WalletHost,
    words: readonly (string | bigint | null)[],
    what: string,
    flags: OrderFlags,
  ): Promise<WalletOrder> {
    const [database, clock] = await Promise.all([this.get(DATABASE), this.get(CLOCK)]);
    const wish = { chain: chain.chain.id, words: words.map((word) => String(word ?? '')), what };
    const order = new WalletOrder(database, clock, wish);
    if (!flags['dry-run']) this.#order = order;
    const begunAt = await order.begunAt();
    if (begunAt === null) return order;
    const told = `The same was begun at ${new Date(begunAt).toISOString()} and has not come to its end`;
    if (flags.again) {
      this.note(`${told}: what it sent may still be mined besides.`);
      if (!flags['dry-run']) await order.giveUp();
    } else this.note(`${told}: it goes on, and nothing is sent twice. Give --again to send it once more.`);
    return order;
  }

  /** Sends one leg of an order, or brings to its end what was sent of it before. */
  protected async pay(
    host: WalletHost,
    order: WalletOrder,
    leg: string,
    draft: () => TransactionDraft | Promise<TransactionDraft>,
    key: SigningKey,
    flags: SendingFlags,
  ): Promise<SignedTransaction> {
    const journal = order.journal(leg);
    const isKnown = (await journal.load()) !== null;
    try {
      const sent = await this.send(host, isKnown ? NOTHING : await draft(), key, { ...flags, journal });
      await order.ended(leg, this.waits(host, flags) || isKnown ? 'mined' : 'handed-in');
      return sent;
    } catch (error) {
      if (hasNoEffect(error)) await order.failed(leg, sentenceOf(error));
      throw error;
    }
  }

  /** Simulates a transaction and tells of it. */
  protected async foretell(
    { chain }: WalletHost,
    draft: TransactionDraft,
    key: SigningKey,
    sent: object,
    sentence: string,
  ): Promise<void> {
    const fee = BigInt((await chain.transactions.sign(draft, key, this.signal)).maxFee);
    const { symbol, decimals } = chain.chain.native;
    this.tell(
      { status: 'simulated', ...sent, max_fee: fee },
      `${sentence}; the fee is ${formatAmount(fee, decimals)} ${symbol} at most`,
    );
  }

  /** Until it is mined, as suits the chain unless told. */
  protected waits({ chain }: Pick<WalletHost, 'chain'>, { wait }: SendingFlags): boolean {
    return wait ?? chain.chain.blockTimeMs <= SLOW_BLOCKS_MS;
  }

  /** A transaction that was sent. */
  protected tell(value: object, line: string): void {
    if (this.sendsSeveral && this.jsonEnabled()) this.#told.push(value);
    else this.result(value, line);
  }

  /** Said at the end: stderr begins with what was sent, if anything was. */
  protected note(sentence: string): void {
    this.#notes.push(sentence);
  }

  protected override async finally(error: Error | undefined): Promise<void> {
    if (this.sendsSeveral && this.jsonEnabled() && (!error || this.#told.length > 0))
      this.result({ transactions: this.#told }, []);
    for (const note of this.#notes) this.progress(note);
    // Only what was told is over: a command that is killed before goes on with it.
    if (!error) await this.#order?.end();
    await super.finally(error);
  }
}
