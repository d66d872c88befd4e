import type { Address, Hex } from '../ports/chain-engine.js';

/** What a transaction of the fake chain does. Amounts and ids are bigints, times epoch seconds. */
export type FakeAct =
  | { readonly do: 'mint'; readonly to: Address; readonly userData: Hex }
  | { readonly do: 'update-user-data'; readonly tokenId: bigint; readonly userData: Hex }
  | { readonly do: 'transfer-credential'; readonly tokenId: bigint; readonly to: Address }
  | { readonly do: 'burn-credential'; readonly tokenId: bigint }
  | { readonly do: 'create-plan'; readonly name: string; readonly price: bigint }
  | { readonly do: 'set-stablecoin'; readonly token: Address }
  | { readonly do: 'send'; readonly token: Address | null; readonly to: Address; readonly amount: bigint }
  | { readonly do: 'withdraw'; readonly token: Address; readonly to: Address }
  | { readonly do: 'buy'; readonly planId: bigint; readonly days: number; readonly userEncrypted: Hex }
  | { readonly do: 'extend'; readonly subscriptionId: bigint; readonly days: number }
  | { readonly do: 'cancel'; readonly subscriptionId: bigint }
  /** Allows the market exactly so much. */
  | { readonly do: 'approve'; readonly token: Address; readonly amount: bigint }
  | {
      readonly do: 'exchange';
      readonly token: Address;
      readonly amount: bigint;
      readonly minimumOut: bigint;
      readonly to: Address;
      readonly deadline: number;
    }
  /** A transaction that carries data to an address that does nothing with them. */
  | { readonly do: 'carry'; readonly to: Address; readonly data: Hex }
  | { readonly do: 'garble'; readonly raw: string };

export const CREDENTIALS: Address = `fake1${'c'.repeat(38)}`;
export const SUBSCRIPTIONS: Address = `fake1${'5'.repeat(38)}`;
/** Where swaps happen. */
export const MARKET: Address = `fake1${'e'.repeat(38)}`;
