import type { Address } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import { AddressBook } from '../wallets/address-book.js';
import type { FundHost } from './fund-host.js';
import { type Cycle, type FundJournal, isTaken } from './journal.js';
import type { Owed, Step, Transfer } from './operation.js';
import type { Treasury } from './treasury.js';

/** Moves nothing: keeps what would be moved, and what everybody would hold then, fees left out. */
export class ForeseenTreasury implements Treasury {
  readonly transfers: Transfer[] = [];
  readonly #change = new Map<string, bigint>();

  constructor(
    private readonly host: FundHost,
    private readonly journal: FundJournal,
    private readonly cycle: Cycle | null,
  ) {}

  async balance(token: Address | null, of: Address): Promise<bigint> {
    const { funds } = this.host.chain;
    const answer = await (token === null ? funds.nativeBalance(of) : funds.tokenBalance(token, of));
    return known(answer, `The balance of ${of}`) + (this.#change.get(key(token, of)) ?? 0n);
  }

  owed(): Promise<readonly Owed[]> {
    return this.journal.owed();
  }

  async isTaken(step: Step, token: Address | null): Promise<boolean> {
    return this.cycle !== null && isTaken(await this.journal.ofCycle(this.cycle.id), step, token);
  }

  async isMoving<K extends 'token' | 'step'>(by: K, value: Transfer[K]): Promise<boolean> {
    return (await this.journal.open()).some((operation) => operation[by] === value);
  }

  async lastMoved(step: Step): Promise<number | null> {
    return (await this.journal.lastSigned(step))?.createdAt ?? null;
  }

  async move(transfers: readonly Transfer[]): Promise<boolean> {
    const book = await AddressBook.read(this.host);
    for (const transfer of transfers) {
      this.transfers.push(transfer);
      const { step, token, fromRole, to, amount } = transfer;
      if (step === 'approve' || to === null) continue;
      const contract = this.host.chain.chain.contracts?.subscriptions;
      const from = step === 'withdraw' ? contract : book.find(fromRole)?.address;
      if (from) this.#add(token, from, -amount);
      // What a swap brings is known when it is done.
      if (step !== 'swap') this.#add(token, to, amount);
    }
    return true;
  }

  #add(token: Address | null, of: Address, change: bigint): void {
    const entry = key(token, of);
    this.#change.set(entry, (this.#change.get(entry) ?? 0n) + change);
  }
}

const key = (token: Address | null, of: Address) => `${token ?? ''}/${of}`;
