import type { ChainEngineCapabilities } from './chain-capabilities.js';
import { type Address, type ChainCodec, chainCodecPort, type Hex, type SigningKey } from './chain-codec.js';
import type { Presence } from './presence.js';
import { definePort, portToken } from './token.js';

export type * from './chain-capabilities.js';
export * from './chain-codec.js';

/**
 * What differs per chain and nothing else.
 *
 * Heights and timestamps (epoch seconds) are numbers; ids and amounts (base units) are bigints; everything that crosses
 * a process boundary or is persisted is plain JSON. Queries of the network answer a {@link Presence}: they never throw
 * because a node is down, slow or behind. Writing is always three calls, so that the signed bytes can be persisted in
 * between: a draft from the facet concerned, `transactions.sign`, `transactions.broadcast`, then `transactions.lookup`.
 */
export interface ChainEngine extends ChainCodec {
  readonly chain: ChainFacts;
  readonly blocks: BlockReader;
  readonly transactions: Transactions;
  readonly credentials: Credentials;
  readonly subscriptions: Subscriptions;
  readonly plans: Plans;
  readonly funds: Funds;
  readonly accounts: Accounts;
}

export interface ChainFacts {
  /** Identity of the chain, e.g. `evm:31337`. */
  readonly id: string;
  readonly displayName: string;
  /** `words` name the coin on a command line: `eth`, `native`. */
  readonly native: { readonly symbol: string; readonly decimals: number; readonly words: readonly string[] };
  /**
   * Name of the base units in settings (`hot_wallet_gas_sats`) of a chain whose contracts know no prices; without one,
   * thresholds are in US dollars.
   */
  readonly baseUnit?: string;
  /** Words that name the primary stablecoin on a command line: `stable`. */
  readonly stablecoinWords: readonly string[];
  /** Its coin is worth money: dangerous short cuts are refused. */
  readonly mainnet: boolean;
  /** Expected time between blocks in milliseconds. */
  readonly blockTimeMs: number;
  /** Blocks that must lie on top, itself included, before an effect that cannot be undone follows from a block. */
  readonly confirmations: number;
  /** How long a transaction may take to be mined before it counts as pending, in milliseconds. */
  readonly confirmationTimeoutMs: number;
  /** Where it is asked, for the log: host and port only, because the rest of an address may carry a key. */
  readonly endpoints?: readonly string[];
  /** Contracts of this host; null before set-up. */
  readonly contracts: HostContracts | null;
  transactionUrl(hash: string): string | null;
  addressUrl(address: Address): string | null;
}

export interface HostContracts {
  readonly credentials: Address;
  readonly subscriptions: Address;
  /** Height of the block in which the first of them was deployed. */
  readonly deployHeight: number;
}

export interface Block {
  readonly height: number;
  readonly hash: Hex;
  readonly parentHash: Hex;
  /** Epoch seconds. */
  readonly timestamp: number;
}

export interface BlockReader {
  head(signal?: AbortSignal): Promise<Presence<Block>>;
  at(height: number, signal?: AbortSignal): Promise<Presence<Block>>;
  /**
   * Events of the host's contracts in blocks `from`…`to` (inclusive), ordered by (height, transaction index, log
   * index). The whole range or nothing: throws `chain.range-too-large` when the provider refuses the span, and
   * `chain.unreachable` for every other failure to read.
   */
  scan(from: number, to: number, signal?: AbortSignal): Promise<Scan>;
}

export interface Scan {
  /** The block at `to`, read in the same pass. */
  readonly tip: Block;
  readonly events: readonly ChainEvent[];
  /** Logs of known events that cannot be decoded. */
  readonly undecodable: readonly UndecodableLog[];
}

export interface EventPlace {
  readonly height: number;
  readonly blockHash: Hex;
  readonly transactionHash: Hex;
  readonly transactionIndex: number;
  readonly logIndex: number;
}

export interface UndecodableLog extends EventPlace {
  readonly reason: string;
  readonly raw: string;
}

export type ChainEvent = EventPlace &
  (
    | {
        readonly type: 'subscription-created';
        readonly subscriptionId: bigint;
        readonly planId: bigint;
        readonly subscriber: Address;
        /** Epoch seconds. */
        readonly expiresAt: number;
        readonly paidAmount: bigint;
        readonly paymentToken: Address | null;
        readonly userEncrypted: Hex;
      }
    | {
        readonly type: 'subscription-extended';
        readonly subscriptionId: bigint;
        readonly planId: bigint;
        readonly extendedBy: Address;
        readonly newExpiresAt: number;
        readonly paidAmount: bigint;
      }
    | {
        readonly type: 'subscription-cancelled';
        readonly subscriptionId: bigint;
        readonly planId: bigint;
        readonly subscriber: Address;
      }
    | {
        readonly type: 'credential-transferred';
        readonly tokenId: bigint;
        /** null when minted. */
        readonly from: Address | null;
        /** null when burnt. */
        readonly to: Address | null;
      }
    | {
        readonly type: 'funds-withdrawn';
        readonly token: Address;
        readonly to: Address;
        readonly amount: bigint;
      }
    | {
        /** Changes of plans, payment methods and settings: one log line each. */
        readonly type: 'catalogue-changed';
        readonly name: string;
        readonly fields: Readonly<Record<string, string>>;
      }
  );

/** An unsigned transaction; `body` belongs to the engine. */
export interface TransactionDraft {
  /** For people: `mint credential for 0x…`. */
  readonly description: string;
  readonly body: unknown;
}

/** Signed bytes and how to find them again. Plain JSON, public once broadcast, safe to persist. */
export interface SignedTransaction {
  readonly hash: Hex;
  readonly from: Address;
  /** What the chain spends once: an account nonce, a list of inputs. */
  readonly sequence: string;
  readonly raw: Hex;
  readonly description: string;
  /** Height of the head when it was signed: mints are searched from here. */
  readonly signedAtHeight: number;
  /** The most it can cost, in base units of native coin, decimal; what it carries not included. */
  readonly maxFee: string;
  /** Versions with lower fees that this one replaces, the newest first. Any of them may be mined in its place: keep them. */
  readonly earlier?: readonly SignedTransaction[];
}

export type TransactionState =
  | {
      readonly state: 'mined';
      readonly success: boolean;
      readonly height: number;
      readonly confirmations: number;
    }
  /** The node holds it. */
  | { readonly state: 'pending' }
  /** The node does not know it and its sequence is still free: broadcast the same bytes again. */
  | { readonly state: 'unseen' }
  /** Its sequence was spent by another transaction: it can never be mined. */
  | { readonly state: 'superseded' }
  | { readonly state: 'unknown'; readonly reason: string };

export interface Transactions {
  /**
   * Fills in sequence and fee, simulates, signs. Hold the wallet's lock from here until after the broadcast. Throws
   * `chain.would-revert` (with the contract's reason), `chain.insufficient-funds` or `chain.unreachable`.
   */
  sign(draft: TransactionDraft, key: SigningKey, signal?: AbortSignal): Promise<SignedTransaction>;
  /**
   * Hands the bytes to the network; already known or already mined is success. Throws `chain.unreachable`, `chain.rejected`,
   * and `chain.underpriced` for what is not taken at the fees of this moment.
   */
  broadcast(transaction: SignedTransaction, signal?: AbortSignal): Promise<void>;
  lookup(transaction: SignedTransaction, signal?: AbortSignal): Promise<TransactionState>;
  /**
   * A version of a transaction that the network leaves lying, with a higher fee, for the same sequence, recipient and
   * amount; null: waiting is enough, or the wallet has no more. Save it before its broadcast. Throws `chain.unreachable`.
   */
  bump(
    transaction: SignedTransaction,
    key: SigningKey,
    signal?: AbortSignal,
  ): Promise<SignedTransaction | null>;
}

export interface Credential {
  readonly tokenId: bigint;
  readonly owner: Address;
  readonly userData: Hex;
}

export interface Mint {
  readonly tokenId: bigint;
  readonly to: Address;
  readonly height: number;
  readonly transactionHash: Hex;
}

export interface Credentials {
  /** absent: no such token, or burnt. */
  get(tokenId: bigint): Promise<Presence<Credential>>;
  /** The id that the next mint will probably get: a hint, never a fact. */
  nextId(): Promise<Presence<bigint>>;
  supply(): Promise<Presence<bigint>>;
  ownedBy(owner: Address): Promise<Presence<readonly bigint[]>>;
  /** Owners in the order of `tokenIds`, asked at once; null: no such token, or burnt. */
  owners(tokenIds: readonly bigint[]): Promise<Presence<readonly (Address | null)[]>>;
  /** Mints to `to` in blocks from `fromHeight` up to the head, oldest first. */
  findMints(to: Address, fromHeight: number): Promise<Presence<readonly Mint[]>>;
  /** The mint in a mined transaction, from its event. */
  mintedIn(transaction: SignedTransaction): Promise<Presence<Mint>>;
  mint(to: Address, userData: Hex): TransactionDraft;
  updateUserData(tokenId: bigint, userData: Hex): TransactionDraft;
}

export interface Subscription {
  readonly id: bigint;
  readonly planId: bigint;
  readonly subscriber: Address;
  readonly expiresAt: number;
  readonly cancelled: boolean;
}

export interface Subscriptions {
  get(id: bigint): Promise<Presence<Subscription>>;
  count(): Promise<Presence<bigint>>;
}

export interface Plan {
  readonly id: bigint;
  readonly name: string;
  readonly priceCentsPerDay: bigint;
  readonly active: boolean;
}

export interface Plans {
  list(): Promise<Presence<readonly Plan[]>>;
  create(name: string, priceCentsPerDay: bigint): TransactionDraft;
  /** The plan made by a mined transaction, from its event. */
  createdIn(transaction: SignedTransaction): Promise<Presence<bigint>>;
  stablecoin(): Promise<Presence<Address>>;
  setStablecoin(token: Address): TransactionDraft;
}

export interface Funds {
  nativeBalance(of: Address): Promise<Presence<bigint>>;
  tokenBalance(token: Address, of: Address): Promise<Presence<bigint>>;
  tokenFacts(token: Address): Promise<Presence<{ readonly symbol: string; readonly decimals: number }>>;
  sendNative(to: Address, amount: bigint): TransactionDraft;
  sendToken(token: Address, to: Address, amount: bigint): TransactionDraft;
  /** Owner only: the whole balance of `token` in the subscription contract. */
  withdraw(token: Address, to: Address): TransactionDraft;
  /** Every payment method of the subscription contract, also those switched off; the stablecoin has method 1. */
  paymentMethods(): Promise<Presence<readonly PaymentMethod[]>>;
  /** Worth of `amount` in US cents by the contract's price, rounded down; absent: the contract knows no price. */
  valueInCents(method: PaymentMethod, amount: bigint): Promise<Presence<bigint>>;
  /** The most that a transfer of native coin costs at this moment, in base units. */
  transferFee(): Promise<Presence<bigint>>;
}

export interface PaymentMethod {
  readonly id: bigint;
  readonly token: Address;
  readonly decimals: number;
  readonly active: boolean;
}

export interface Accounts {
  /** True when code lives at the address. */
  isContract(address: Address): Promise<Presence<boolean>>;
}

export const CHAIN_ENGINE = portToken<ChainEngine & Partial<ChainEngineCapabilities>>('chain-engine', 1);

export const chainEnginePort = definePort<ChainEngine & Partial<ChainEngineCapabilities>>({
  name: 'chain-engine',
  major: 1,
  token: CHAIN_ENGINE,
  core: [
    'chain.id',
    ...chainCodecPort.core,
    'blocks.head',
    'blocks.at',
    'blocks.scan',
    'transactions.sign',
    'transactions.broadcast',
    'transactions.lookup',
    'transactions.bump',
    'credentials.get',
    'credentials.nextId',
    'credentials.supply',
    'credentials.ownedBy',
    'credentials.owners',
    'credentials.findMints',
    'credentials.mintedIn',
    'credentials.mint',
    'credentials.updateUserData',
    'subscriptions.get',
    'subscriptions.count',
    'plans.list',
    'plans.create',
    'plans.createdIn',
    'plans.stablecoin',
    'plans.setStablecoin',
    'funds.nativeBalance',
    'funds.tokenBalance',
    'funds.tokenFacts',
    'funds.sendNative',
    'funds.sendToken',
    'funds.withdraw',
    'funds.paymentMethods',
    'funds.valueInCents',
    'funds.transferFee',
    'accounts.isContract',
  ],
  capabilities: {
    swap: ['swap.quote', 'swap.approval', 'swap.exchange', 'swap.valueOfNative'],
    adminCommands: ['adminCommands.scan', 'adminCommands.seal', 'adminCommands.nobody'],
  },
  answers: {
    'blocks.head': 'block-presence',
    'blocks.at': 'block-presence',
    'blocks.scan': 'scan',
    'transactions.sign': 'signed-transaction',
    'transactions.lookup': 'transaction-state',
  },
});
