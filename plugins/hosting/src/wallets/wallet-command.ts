import {
  BlockhostError,
  CHAIN_ENGINE,
  type ChainEngine,
  type ChainEngineCapabilities,
  CONFIG,
  type HostConfig,
  PATHS,
  type Paths,
  type SignedTransaction,
  type SigningKey,
  type TransactionDraft,
  type TransactionJournal,
} from '@blockhost/kernel';
import { BlockhostCommand, Flags } from '@blockhost/kernel/command';
import { AddressBook } from './address-book.js';
import { isPending, sendTransaction } from './send-transaction.js';
import { keyOf } from './wallet-key.js';

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

export interface SendingFlags {
  readonly wait?: boolean | undefined;
  readonly timeout?: number | undefined;
  readonly journal?: TransactionJournal;
}

/** What the verbs of `bw` have in common: chain and address book, sending, and how results are told. */
export abstract class WalletCommand extends BlockhostCommand {
  readonly #notes: string[] = [];
  readonly #told: unknown[] = [];
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
    { chain, paths }: WalletHost,
    draft: TransactionDraft,
    key: SigningKey,
    { wait, timeout, journal }: SendingFlags,
    line: (hash: string) => string = (hash) => hash,
  ): Promise<SignedTransaction> {
    const slow = chain.chain.blockTimeMs > SLOW_BLOCKS_MS;
    const seconds = timeout ?? (slow ? SLOW_WAIT_S : WAIT_S);
    const sending = {
      chain,
      paths,
      signal: this.signal,
      waitMs: (wait ?? !slow) ? seconds * 1_000 : null,
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
    await super.finally(error);
  }
}
