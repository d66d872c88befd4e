import { type Address, BlockhostError, type Run, type TransactionDraft } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import type { Problems } from './fund-context.js';
import type { FundHost } from './fund-host.js';
import { type Cycle, type FundJournal, isTaken } from './journal.js';
import { DISTRIBUTION, type Operation, type Owed, type Step, type Transfer } from './operation.js';
import { settleOperation } from './settle-operation.js';
import type { Treasury } from './treasury.js';

/** How long a transfer that counted as final is looked after. */
const RECHECK_MS = 2 * 86_400_000;

/** Moves money on the chain, by the journal (engine.md 5.5). */
export class RealTreasury implements Treasury {
  #caughtUp = false;

  constructor(
    private readonly host: FundHost,
    private readonly journal: FundJournal,
    private readonly cycle: Cycle,
    private readonly problems: Problems,
    private readonly run: Run,
  ) {}

  /** Brings to an end what earlier runs began of these steps; all together may take as long as one transaction. */
  async resume(steps: readonly Step[]): Promise<void> {
    const { clock, chain } = this.host;
    const deadline = clock.now() + chain.chain.confirmationTimeoutMs;
    for (const operation of await this.journal.open()) {
      if (!steps.includes(operation.step)) continue;
      // Nobody signed it, and nothing depends on its amount: it is planned anew from the balances of today.
      if (operation.signed === null && !DISTRIBUTION.includes(operation.step))
        await this.run.step('drop', () => this.journal.drop(operation));
      else await this.#settle(operation, Math.max(0, deadline - clock.now()));
    }
  }

  /** What a deep reorganisation took back is open again: the same bytes are handed in once more. */
  async recheck(): Promise<void> {
    const { chain, clock, log } = this.host;
    for (const operation of await this.journal.confirmedSince(clock.now() - RECHECK_MS)) {
      if (operation.signed === null) continue;
      const seen = await chain.transactions.lookup(operation.signed, this.run.signal);
      if (seen.state === 'unknown' || (seen.state === 'mined' && seen.success)) continue;
      log.warn('a transfer that counted as final is gone from the chain', {
        transaction: operation.signed.hash,
      });
      await this.run.step('reopen', () => this.journal.reopened(operation));
    }
  }

  async balance(token: Address | null, of: Address): Promise<bigint> {
    await this.#catchUp();
    const { funds } = this.host.chain;
    const answer = await (token === null ? funds.nativeBalance(of) : funds.tokenBalance(token, of));
    return known(answer, `The balance of ${of}`);
  }

  owed(): Promise<readonly Owed[]> {
    return this.journal.owed();
  }

  async isTaken(step: Step, token: Address | null): Promise<boolean> {
    return isTaken(await this.journal.ofCycle(this.cycle.id), step, token);
  }

  async isMoving<K extends 'token' | 'step'>(by: K, value: Transfer[K]): Promise<boolean> {
    return (await this.journal.open()).some((operation) => operation[by] === value);
  }

  async lastMoved(step: Step): Promise<number | null> {
    return (await this.journal.lastSigned(step))?.createdAt ?? null;
  }

  async move(
    transfers: readonly Transfer[],
    draft?: (transfer: Transfer) => TransactionDraft,
  ): Promise<boolean> {
    if (transfers.length === 0) return true;
    const planned = await this.run.step('plan', () => this.journal.plan(this.cycle.id, transfers));
    let all = true;
    const timeoutMs = this.host.chain.chain.confirmationTimeoutMs;
    for (const operation of planned) all = (await this.#settle(operation, timeoutMs, draft)) && all;
    return all;
  }

  async #settle(
    operation: Operation,
    timeoutMs: number,
    draft?: (transfer: Transfer) => TransactionDraft,
  ): Promise<boolean> {
    this.#caughtUp = false;
    const { host, journal, run } = this;
    const problem = await settleOperation(operation, { host, journal, run, timeoutMs, draft });
    if (problem === null) return true;
    this.problems.add(problem);
    return false;
  }

  /** A node that has not seen the last transfer yet would show money that is gone. */
  async #catchUp(): Promise<void> {
    if (this.#caughtUp) return;
    const head = known(await this.host.chain.blocks.head(this.run.signal), 'The head of the chain');
    const { settledHeight } = await this.journal.state();
    if (head.height < settledHeight)
      throw new BlockhostError(
        'funds.node-behind',
        `The node is at block ${head.height}, before the last transfer in block ${settledHeight}.`,
        { remedy: 'Wait until the node has caught up.' },
      );
    this.#caughtUp = true;
  }
}
