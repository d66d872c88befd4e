import { BlockhostError, isBlockhostError, sentenceOf } from '@blockhost/kernel';
import { AddressBook, type SigningWallet } from '../wallets/address-book.js';
import type { FundHost } from './fund-host.js';
import type { FundSettings } from './fund-settings.js';
import type { Treasury } from './treasury.js';

/** What fund cycle and gas check work with. */
export interface FundContext {
  readonly host: FundHost;
  readonly settings: FundSettings;
  readonly treasury: Treasury;
  readonly problems: Problems;
  readonly signal: AbortSignal;
}

/** What went wrong in one run; nothing of it stops the rest. */
export class Problems {
  readonly #sentences: string[] = [];

  constructor(private readonly host: Pick<FundHost, 'log'>) {}

  get sentences(): readonly string[] {
    return this.#sentences;
  }

  add(sentence: string): void {
    this.#sentences.push(sentence);
    this.host.log.error('money did not move as planned', { reason: sentence });
  }

  /** Runs `act`; its failure is kept, unless the work was told to stop. False: it failed. */
  async within(what: string, signal: AbortSignal, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (error) {
      signal.throwIfAborted();
      const remedy = isBlockhostError(error) && error.remedy ? ` ${error.remedy}` : '';
      this.add(`${what}: ${sentenceOf(error)}${remedy}`);
      return false;
    }
  }

  throwIfAny(): void {
    const [first, ...others] = this.#sentences;
    if (first === undefined) return;
    const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
    throw new BlockhostError('funds.incomplete', `Not all money moved as planned: ${first}${more}`, {
      facts: Object.fromEntries(others.map((sentence, index) => [`problem_${index + 2}`, sentence])),
      remedy: 'It is tried again by itself; see `blockhost funds status` for what is open or owed.',
    });
  }
}

/** The two wallets whose keys the host holds, as the address book has them now. Throws `wallet.*`. */
export async function ownWallets(
  host: FundHost,
): Promise<{ readonly server: SigningWallet; readonly hot: SigningWallet }> {
  const book = await AddressBook.read(host);
  return { server: book.signer('server'), hot: book.signer('hot') };
}
