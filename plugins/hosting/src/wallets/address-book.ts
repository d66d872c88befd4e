import {
  type Address,
  BlockhostError,
  type ChainCodec,
  type HostConfig,
  sentenceOf,
} from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, ROLE, usableWallets } from '@blockhost/kernel/host-files';

/** What addresses and keys are read with: an engine, or its codec alone. */
export type WalletCodec = Pick<ChainCodec, 'addresses' | 'keys'>;

export interface Wallet {
  readonly role: string;
  readonly address: Address;
  /** Absolute path of its key as on an installed host; null when this host only knows the address. */
  readonly keyfile: string | null;
}

export interface SigningWallet extends Wallet {
  readonly keyfile: string;
}

/** `addressbook.json` as it was read: the wallets that can be used, and what is wrong with the other entries. */
export class AddressBook {
  private constructor(
    readonly wallets: readonly Wallet[],
    /** For people, one sentence each; the entries are kept when the book is written. */
    readonly problems: readonly string[],
    private readonly codec: WalletCodec,
  ) {}

  /** A missing file is an empty book. Throws `config.unreadable` and `config.invalid`. */
  static async read({
    config,
    chain,
  }: {
    readonly config: HostConfig;
    readonly chain: WalletCodec;
  }): Promise<AddressBook> {
    return AddressBook.of((await config.find(ADDRESSBOOK_JSON)) ?? {}, chain);
  }

  static async of(content: Readonly<Record<string, unknown>>, chain: WalletCodec): Promise<AddressBook> {
    const reading = await usableWallets(content);
    const problems = [...reading.problems];
    const wallets = Object.entries(reading.wallets).flatMap(
      ([role, { address, keyfile = null }]): Wallet[] => {
        try {
          return [{ role, address: chain.addresses.parse(address), keyfile }];
        } catch (error) {
          problems.push(`"${role}": ${sentenceOf(error)}`);
          return [];
        }
      },
    );
    return new AddressBook(
      wallets,
      problems.map((problem) => `The address book: ${problem}. This entry is not used.`),
      chain,
    );
  }

  find(role: string): Wallet | null {
    return this.wallets.find((wallet) => wallet.role === role) ?? null;
  }

  /** The address meant by a role or a raw address; throws `wallet.unknown` and `chain.bad-address`. */
  address(word: string): Address {
    return this.find(word)?.address ?? this.#rawAddress(word);
  }

  /**
   * The wallet meant by a role or by the address of exactly one entry, to sign with. Throws `wallet.unknown`,
   * `wallet.ambiguous`, `wallet.no-key` and `chain.bad-address`.
   */
  signer(word: string): SigningWallet {
    const wallet = this.find(word) ?? this.#signerAt(this.#rawAddress(word));
    if (wallet.keyfile === null)
      throw new BlockhostError('wallet.no-key', `The address book has no key file for "${wallet.role}".`, {
        remedy: 'Name a wallet whose key lies on this host: `ab list` shows them.',
      });
    return { ...wallet, keyfile: wallet.keyfile };
  }

  #signerAt(address: Address): Wallet {
    const [wallet, ...others] = this.wallets.filter(
      (each) => each.keyfile !== null && this.codec.addresses.same(each.address, address),
    );
    if (wallet !== undefined && others.length === 0) return wallet;
    const roles = [wallet, ...others].map((each) => each?.role).join(', ');
    throw wallet === undefined
      ? new BlockhostError('wallet.unknown', `The address book has no key for ${address}.`, {
          remedy: 'Name a wallet whose key lies on this host: `ab list` shows them.',
        })
      : new BlockhostError('wallet.ambiguous', `Several entries have the address ${address}: ${roles}.`, {
          remedy: 'Name the role.',
        });
  }

  /** A word with the form of a role that is none is taken for one that is missing. */
  #rawAddress(word: string): Address {
    if (ROLE.test(word) && !word.startsWith('0x'))
      throw new BlockhostError('wallet.unknown', `The address book has no wallet "${word}".`, {
        remedy: '`ab list` shows what it has.',
      });
    return this.codec.addresses.parse(word);
  }
}
