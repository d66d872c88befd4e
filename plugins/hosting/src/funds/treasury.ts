import type { Address, TransactionDraft } from '@blockhost/kernel';
import type { Owed, Step, Transfer } from './operation.js';

/** What the steps of a cycle know of money, and how they move it: for real, or to show what would happen. */
export interface Treasury {
  /** Base units; throws when the chain does not say for certain. */
  balance(token: Address | null, of: Address): Promise<bigint>;
  /** What is still to be paid, in order. */
  owed(): Promise<readonly Owed[]>;
  /** True when this cycle has taken the step with the token. */
  isTaken(step: Step, token: Address | null): Promise<boolean>;
  /** True while the fate of a transfer of that token, or of that step, is open: balances say nothing then. */
  isMoving<K extends 'token' | 'step'>(by: K, value: Transfer[K]): Promise<boolean>;
  /** When money was last moved by that step, in milliseconds; null: never. */
  lastMoved(step: Step): Promise<number | null>;
  /**
   * Records the transfers together, then brings each to its end; what fails becomes a problem of the cycle. Answers whether
   * all arrived. `draft` makes the transactions of steps that are more than a transfer.
   */
  move(transfers: readonly Transfer[], draft?: (transfer: Transfer) => TransactionDraft): Promise<boolean>;
}
