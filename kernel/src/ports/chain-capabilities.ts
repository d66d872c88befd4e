import type { Address, Hex } from './chain-codec.js';
import type { TransactionDraft } from './chain-engine.js';
import type { Presence } from './presence.js';

/** Capabilities: what only some chains have. */
export interface ChainEngineCapabilities {
  readonly swap: Swap;
  readonly adminCommands: AdminTransport;
}

/** Capability `swap`: a market of the chain that turns a token into native coin. */
export interface Swap {
  /** Native coin that `amount` of `token` brings now, fees included; absent: no market on this chain. */
  quote(token: Address, amount: bigint): Promise<Presence<bigint>>;
  /**
   * What allows the market exactly `amount` of the owner's tokens, each to be mined before the next is signed: where it is
   * allowed too little, that is taken back first, because some tokens demand it. Absent: it is allowed as much already.
   */
  approval(token: Address, amount: bigint, owner: Address): Promise<Presence<readonly TransactionDraft[]>>;
  /** Reverts when it would bring less than `minimumOut`, or is mined after `deadline` (epoch seconds). */
  exchange(order: {
    readonly token: Address;
    readonly amount: bigint;
    readonly minimumOut: bigint;
    readonly to: Address;
    readonly deadline: number;
  }): TransactionDraft;
  /** Worth of native coin in US cents, rounded down, and how many cents of stablecoin stand behind the price. */
  valueOfNative(
    amount: bigint,
  ): Promise<Presence<{ readonly cents: bigint; readonly liquidityCents: bigint }>>;
}

/** Capability `adminCommands`: how an administrator orders something by a transaction (engine.md 6.2, 6.3). */
export interface AdminTransport {
  /**
   * Well-formed orders of the administrator in blocks `from`…`to`, in the order of the chain; whatever else the wallet
   * sent is passed over in silence. Throws `chain.range-too-large` and `chain.unreachable`, as `blocks.scan` does.
   */
  scan(
    from: number,
    to: number,
    envelope: AdminEnvelope,
    signal?: AbortSignal,
  ): Promise<readonly AdminOrder[]>;
  /**
   * What the administrator's wallet sends, and to whom, so that `scan` finds this order: fresh as of `issuedAt` (epoch
   * seconds) or, where heights count, of the head, with a nonce of its own. Signs and sends nothing.
   */
  seal(
    order: {
      readonly command: string;
      readonly parameters: Readonly<Record<string, unknown>>;
      readonly issuedAt: number;
    },
    envelope: AdminEnvelope,
  ): Promise<{ readonly to: Address; readonly data: Hex }>;
  /** An address without a key on this chain: where orders go to in mode `null`, unless another was chosen. */
  readonly nobody: Address;
}

export interface AdminEnvelope {
  readonly wallet: Address;
  /** Where orders are sent to: anywhere, to the administrator's own wallet, or to that address. */
  readonly destination: 'any' | 'self' | { readonly address: Address };
  /** Text of `server.key`. */
  readonly serverKey: string;
  /** 64 hex digits, on chains whose orders are authenticated by a shared key. */
  readonly sharedKey: string | null;
}

export interface AdminOrder {
  readonly transactionHash: Hex;
  readonly height: number;
  /** Of the block, epoch seconds. */
  readonly minedAt: number;
  readonly command: string;
  readonly parameters: Readonly<Record<string, unknown>>;
  readonly nonce: string;
  /** What says that the order is fresh: a time in epoch seconds, or a height that must grow. */
  readonly freshness: { readonly timestamp: number } | { readonly height: number };
}
