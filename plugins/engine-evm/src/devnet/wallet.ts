import {
  type SigningKey,
  settle,
  systemClock,
  type TransactionDraft,
  type Transactions,
} from '@blockhost/kernel';
import { keccak256, toBytes } from 'viem';
import { parseKey } from '../signing-key.js';

const TIMEOUT_MS = 30_000;
const POLL_MS = 20;

/** Text of the key that belongs to `label`: the same on every devnet, worthless everywhere else. */
export function devnetKeyText(label: string): string {
  return keccak256(toBytes(`blockhost devnet wallet: ${label}`)).slice(2);
}

/** A wallet of the devnet, whose transactions go out one after the other. */
export class DevnetWallet {
  readonly key: SigningKey;
  #last: Promise<unknown> = Promise.resolve();

  constructor(
    label: string,
    private readonly transactions: Transactions,
    private readonly signal: AbortSignal,
  ) {
    this.key = parseKey(devnetKeyText(label));
  }

  /** Resolves with the transaction once it is mined. */
  async send(draft: TransactionDraft) {
    const { transaction } = await settle({
      transactions: this.transactions,
      draft,
      key: this.key,
      confirmations: 1,
      timeoutMs: TIMEOUT_MS,
      pollMs: POLL_MS,
      clock: systemClock,
      signal: this.signal,
      // A customer that crashes is not what a devnet is for.
      journal: { load: async () => null, save: async () => {} },
      walletLock: (act) => this.#inTurn(act),
    });
    return transaction;
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(act, act);
    this.#last = turn.catch(() => {});
    return turn;
  }
}
