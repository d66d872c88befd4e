import { createHash } from 'node:crypto';
import type { Address, Block, Hex } from '../ports/chain-engine.js';
import type { FakeAct } from './fake-acts.js';
import { FakeContracts } from './fake-contracts.js';
import type { FakeMoney } from './fake-money.js';

export interface FakeTransaction {
  readonly hash: Hex;
  readonly from: Address;
  readonly sequence: number;
  readonly act: FakeAct;
}

interface MinedBlock extends Block {
  readonly transactions: readonly FakeTransaction[];
}

/** Epoch seconds of the first block: the same in every run. */
const GENESIS = 1_767_225_600;

/** Blocks, a pool of pending transactions, and histories that can be replaced. */
export class FakeLedger {
  readonly #blocks: MinedBlock[] = [];
  readonly #mined = new Map<Hex, { readonly height: number; readonly success: boolean }>();
  /** Hashes of transactions that no block takes: their fee is too low. */
  readonly leftLying = new Set<Hex>();
  /** What the test changed, and after which block. */
  #changes: { after: number; readonly make: (money: FakeMoney) => void }[] = [];
  #pool: FakeTransaction[] = [];
  #salt = 0;
  #state: FakeContracts;

  constructor(
    private readonly owner: Address,
    private readonly secondsPerBlock: number,
  ) {
    this.#state = new FakeContracts(owner);
    this.mine();
  }

  get contracts(): FakeContracts {
    return this.#state;
  }

  get head(): Block {
    return this.at(this.#blocks.length - 1) as Block;
  }

  at(height: number): Block | undefined {
    return this.#blocks[height];
  }

  /** Time of the block that comes next. */
  get nextTimestamp(): number {
    return GENESIS + this.#blocks.length * this.secondsPerBlock;
  }

  /** Money from nowhere; coins unless told. */
  give(address: Address, amount: bigint, token: Address | null = null): void {
    this.change((money) => money.credit(token, address, amount));
  }

  /** Takes every coin away. */
  impoverish(address: Address): void {
    this.change((money) => money.credit(null, address, -money.balance(null, address)));
  }

  /** Changes money, prices or the market from now on, without a transaction; a new history keeps the change. */
  change(make: (money: FakeMoney) => void): void {
    this.#changes.push({ after: this.#blocks.length - 1, make });
    make(this.#state.money);
  }

  nextSequence(from: Address): number {
    const mined = this.#state.sequences.get(from) ?? 0;
    const own = this.#pool.filter((pending) => pending.from === from);
    return mined + new Set(own.map(({ sequence }) => sequence)).size;
  }

  submit(transaction: FakeTransaction): void {
    if (!this.isPending(transaction.hash) && !this.minedAt(transaction.hash)) this.#pool.push(transaction);
  }

  isPending(hash: Hex): boolean {
    return this.#pool.some((pending) => pending.hash === hash);
  }

  minedAt(hash: Hex): { readonly height: number; readonly success: boolean } | undefined {
    return this.#mined.get(hash);
  }

  /** Forgets what is pending, as a node does that restarts. */
  dropPending(): void {
    this.#pool = [];
  }

  /** Mines what is pending into the next block, then empty ones. */
  mine(count = 1): void {
    for (let made = 0; made < count; made += 1) {
      const transactions = this.#pool.filter(({ hash }) => !this.leftLying.has(hash));
      this.#pool = this.#pool.filter(({ hash }) => this.leftLying.has(hash));
      const height = this.#blocks.length;
      const parentHash = this.#blocks.at(-1)?.hash ?? (`0x${'0'.repeat(64)}` as const);
      const hash = digest(parentHash, height, this.#salt, ...transactions.map((one) => one.hash));
      const timestamp = this.nextTimestamp;
      const block = { height, hash, parentHash, timestamp, transactions };
      this.#blocks.push(block);
      this.#apply(block);
    }
  }

  /**
   * Replaces the last `depth` blocks by one more empty ones of another history. Their transactions go back to the pool
   * and into the first new block, or vanish.
   */
  reorganise(depth: number, transactions: 'kept' | 'lost'): void {
    const removed = this.#blocks.splice(this.#blocks.length - depth, depth);
    if (transactions === 'kept')
      this.#pool = [...removed.flatMap((block) => block.transactions), ...this.#pool];
    this.#salt += 1;
    this.#replay();
    this.mine(depth + 1);
  }

  #replay(): void {
    this.#state = new FakeContracts(this.owner);
    this.#mined.clear();
    const last = this.#blocks.length - 1;
    this.#changes = this.#changes.map(({ after, make }) => ({ after: Math.min(after, last), make }));
    for (const block of this.#blocks) {
      this.#apply(block);
      for (const { after, make } of this.#changes) if (after === block.height) make(this.#state.money);
    }
  }

  #apply({ height, hash, timestamp, transactions }: MinedBlock): void {
    let logIndex = 0;
    for (const [transactionIndex, { from, act, hash: transactionHash, sequence }] of transactions.entries()) {
      const state = this.#state;
      // Spent by another transaction meanwhile: this one can never be mined.
      if (sequence !== (state.sequences.get(from) ?? 0)) continue;
      state.sequences.set(from, sequence + 1);
      state.money.payFee(from);
      const success = state.refusal(from, act, timestamp) === null;
      this.#mined.set(transactionHash, { height, success });
      if (!success) continue;
      state.apply(
        from,
        act,
        { height, blockHash: hash, transactionHash, transactionIndex, logIndex },
        timestamp,
      );
      logIndex += 1;
    }
  }
}

export function digest(...parts: readonly unknown[]): Hex {
  return `0x${createHash('sha256').update(parts.join('/')).digest('hex')}`;
}
