import type { Address, Hex } from './chain-engine.js';
import { definePort, portToken } from './token.js';

/**
 * A private chain for demonstrations and tests, with the wallets that live on it. An engine offers it beside its
 * `chain-engine` port, so that whoever shows the business end to end needs no word about the chain.
 */
export interface Devnet {
  /** Starts the node; its state lies below `folder`. The chain stops with the process that called. */
  start(options: {
    readonly folder: string;
    readonly port: number;
    readonly signal: AbortSignal;
  }): Promise<RunningDevnet>;
}

export interface RunningDevnet {
  readonly rpcUrl: string;
  /** The engine's section of a set-up file, with a funded deployer and the test stablecoin. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** A wallet with native coin and stablecoin, the same for the same label. */
  customer(label: string): Promise<Customer>;
  /** Cancels a subscription, as the owner of the contracts. */
  cancel(order: {
    readonly subscriptions: Address;
    readonly subscriptionId: bigint;
  }): Promise<{ readonly transactionHash: Hex }>;
  /** Seals the next block after `seconds` of chain time. */
  advance(seconds: number): Promise<void>;
  stop(): Promise<void>;
}

/** What a customer does with a wallet and the signup page. */
export interface Customer {
  readonly address: Address;
  sign(message: string): Promise<Hex>;
  /** Approves, encrypts the access signature for the host and buys; resolves when the purchase is mined. */
  buy(order: {
    readonly subscriptions: Address;
    readonly planId: bigint;
    readonly days: number;
    readonly serverPublicKey: Hex;
    readonly publicSecret: string;
  }): Promise<{ readonly subscriptionId: bigint; readonly transactionHash: Hex }>;
  extend(order: {
    readonly subscriptions: Address;
    readonly subscriptionId: bigint;
    readonly days: number;
  }): Promise<{ readonly transactionHash: Hex }>;
  /** Gives a credential away. */
  transfer(order: {
    readonly credentials: Address;
    readonly tokenId: bigint;
    readonly to: Address;
  }): Promise<{ readonly transactionHash: Hex }>;
  burn(order: {
    readonly credentials: Address;
    readonly tokenId: bigint;
  }): Promise<{ readonly transactionHash: Hex }>;
  /** Sends a transaction that carries data and no coins, as an administrator's order does. */
  carry(order: { readonly to: Address; readonly data: Hex }): Promise<{ readonly transactionHash: Hex }>;
  /** Signs the public secret again and opens the data of a credential; throws `chain.undecryptable`. */
  open(userData: Hex, publicSecret: string): Promise<string>;
}

export const DEVNET = portToken<Devnet>('devnet', 1);

export const devnetPort = definePort<Devnet>({
  name: 'devnet',
  major: 1,
  token: DEVNET,
  core: ['start'],
  capabilities: {},
  answers: {},
});
