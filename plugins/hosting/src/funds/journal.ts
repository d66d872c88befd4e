import type { Address, Clock, SignedTransaction } from '@blockhost/kernel';
import type { Knex } from 'knex';
import {
  DISTRIBUTION,
  type Operation,
  type OperationRow,
  type Owed,
  type Step,
  type Transfer,
  toOperation,
} from './operation.js';
import { type Attempts, pauseAfter } from './schedule.js';

export type FundKind = 'fund-cycle' | 'gas-check';

export interface Cycle {
  readonly id: number;
  readonly startedAt: number;
}

/**
 * The durable record of what money was to move, moves and did not move on one chain; a host that is moved to another chain
 * has another one there. Every method is one transaction.
 */
export class FundJournal {
  constructor(
    private readonly database: Knex,
    private readonly clock: Pick<Clock, 'now'>,
    /** Identity of the chain. */
    private readonly chain: string,
  ) {}

  /** The unfinished cycle of that kind, unless it is as old as the interval; what is open of that goes on by itself. */
  async current(kind: FundKind, intervalMs: number, database = this.database): Promise<Cycle | null> {
    const open = await database('fund_cycles')
      .where({ kind, chain: this.chain, finished_at: null })
      .orderBy('id', 'desc')
      .first();
    const age = open ? this.clock.now() - open.started_at : 0;
    return open && age >= 0 && age < intervalMs ? { id: open.id, startedAt: open.started_at } : null;
  }

  /** The current cycle, or a new one. */
  async begin(kind: FundKind, intervalMs: number): Promise<Cycle> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      const current = await this.current(kind, intervalMs, tx);
      if (current) return current;
      await tx('fund_cycles')
        .where({ kind, chain: this.chain, finished_at: null })
        .update({ finished_at: now });
      const [id] = await tx('fund_cycles').insert({ kind, chain: this.chain, started_at: now });
      return { id: Number(id), startedAt: now };
    });
  }

  plan(cycleId: number, transfers: readonly Transfer[]): Promise<readonly Operation[]> {
    return this.database.transaction(async (tx) => {
      const operations: Operation[] = [];
      for (const transfer of transfers) {
        const [id] = await tx('fund_operations').insert({
          cycle_id: cycleId,
          chain: this.chain,
          step: transfer.step,
          token: transfer.token,
          from_role: transfer.fromRole,
          to_role: transfer.toRole,
          to_address: transfer.to,
          amount: String(transfer.amount),
          status: 'planned',
          created_at: this.clock.now(),
          updated_at: this.clock.now(),
        });
        operations.push(toOperation(await tx('fund_operations').where({ id }).first()));
      }
      return operations;
    });
  }

  async find(id: number): Promise<Operation> {
    return toOperation(await this.database('fund_operations').where({ id }).first());
  }

  /** Operations that are not over, oldest first. */
  async open(): Promise<readonly Operation[]> {
    const open = ['planned', 'signed', 'broadcast'];
    return this.#list(this.#operations().whereIn('status', open));
  }

  ofCycle(cycleId: number): Promise<readonly Operation[]> {
    return this.#list(this.#operations().where({ cycle_id: cycleId }));
  }

  /** Operations that were confirmed since that moment, oldest first. */
  confirmedSince(since: number): Promise<readonly Operation[]> {
    const confirmed = this.#operations().where({ status: 'confirmed' });
    return this.#list(confirmed.where('updated_at', '>=', since));
  }

  /** The last operation of a step that was signed, whatever became of it. */
  async lastSigned(step: Step): Promise<Operation | null> {
    const row: OperationRow | undefined = await this.#operations()
      .where({ step })
      .whereNotNull('signed')
      .orderBy('id', 'desc')
      .first();
    return row ? toOperation(row) : null;
  }

  signed({ id }: Operation, signed: SignedTransaction): Promise<void> {
    return this.#update(id, { status: 'signed', signed: JSON.stringify(signed) });
  }

  broadcast({ id }: Operation): Promise<void> {
    return this.#update(id, { status: 'broadcast' });
  }

  retarget({ id }: Operation, to: Address): Promise<void> {
    return this.#update(id, { to_address: to });
  }

  superseded({ id }: Operation, height: number | null): Promise<void> {
    return this.#update(id, { superseded_at: height });
  }

  note({ id }: Operation, error: string): Promise<void> {
    return this.#update(id, { error });
  }

  /** It is on the chain for good; a debt it paid is paid. */
  confirmed(operation: Operation, height: number): Promise<void> {
    return this.database.transaction(async (tx) => {
      if (!(await this.#close(tx, operation, { status: 'confirmed', error: null }))) return;
      await tx('fund_chains')
        .insert({ chain: this.chain, settled_height: height })
        .onConflict('chain')
        .merge()
        .where('fund_chains.settled_height', '<', height);
      if (operation.step === 'owed') await this.#owe(tx, operation, -operation.amount);
    });
  }

  /** It is not on the chain any more: its fate is open again, and what it had paid. */
  reopened(operation: Operation): Promise<void> {
    return this.database.transaction(async (tx) => {
      const reopened = await tx('fund_operations')
        .where({ id: operation.id, status: 'confirmed' })
        .update({ status: 'broadcast', updated_at: this.clock.now() });
      if (reopened > 0 && operation.step === 'owed') await this.#owe(tx, operation, operation.amount);
    });
  }

  /** It will never be on the chain; who was to get it keeps the claim. */
  failed(operation: Operation, error: string): Promise<void> {
    return this.database.transaction(async (tx) => {
      if (!(await this.#close(tx, operation, { status: 'failed', error }))) return;
      if (operation.step === 'share' || operation.step === 'remainder')
        await this.#owe(tx, operation, operation.amount);
    });
  }

  /** Forgets a plan that nobody signed and that is made anew. */
  async drop({ id }: Operation): Promise<void> {
    await this.database('fund_operations').where({ id, signed: null }).delete();
  }

  /** Debts in the order in which they arose, which is that in which they are paid. */
  async owed(): Promise<readonly Owed[]> {
    const rows = await this.database('fund_owed').where({ chain: this.chain }).orderBy('id');
    return rows.map(({ token, role, amount }) => ({ token, role, amount: BigInt(amount) }));
  }

  async state(): Promise<{ readonly hotWalletGenerated: boolean; readonly settledHeight: number }> {
    const row = await this.database('fund_state').where({ id: 1 }).first();
    const settled = await this.database('fund_chains').where({ chain: this.chain }).first();
    return {
      hotWalletGenerated: row.hot_wallet_generated === 1,
      settledHeight: settled?.settled_height ?? 0,
    };
  }

  async hotWalletGenerated(): Promise<void> {
    await this.database('fund_state').where({ id: 1 }).update({ hot_wallet_generated: 1 });
  }

  async attempts(kind: FundKind): Promise<Attempts> {
    const row = await this.database('fund_schedule').where({ kind }).first();
    return { lastAt: row.last_at, nextAttemptAt: row.next_attempt_at, failures: row.failures };
  }

  /** The cycle is over. */
  succeeded(kind: FundKind, cycle: Cycle): Promise<void> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      await tx('fund_cycles').where({ id: cycle.id }).update({ finished_at: now });
      await tx('fund_schedule').where({ kind }).update({ last_at: now, next_attempt_at: 0, failures: 0 });
    });
  }

  /** The cycle stays open; it is tried again after a pause. */
  failedRun(kind: FundKind): Promise<void> {
    const now = this.clock.now();
    return this.database.transaction(async (tx) => {
      const { failures } = await tx('fund_schedule').where({ kind }).first();
      await tx('fund_schedule')
        .where({ kind })
        .update({
          failures: failures + 1,
          next_attempt_at: now + pauseAfter(failures + 1),
          ...(kind === 'gas-check' && { last_at: now }),
        });
    });
  }

  /** Takes for its own what was written before journals were kept by chain. */
  adopt(): Promise<void> {
    return this.database.transaction(async (tx) => {
      for (const table of ['fund_cycles', 'fund_operations', 'fund_owed', 'fund_chains'])
        await tx(table).where({ chain: '' }).update({ chain: this.chain });
    });
  }

  /** Forgets what has been over for long; the last signed operation of each step tells when it may be done again. */
  async prune(before: number): Promise<void> {
    await this.database.transaction(async (tx) => {
      const last = tx('fund_operations').whereNotNull('signed').groupBy('chain', 'step').max('id');
      await tx('fund_operations')
        .whereIn('status', ['confirmed', 'failed'])
        .where('updated_at', '<', before)
        .whereNotIn('id', last)
        .delete();
      await tx('fund_cycles')
        .whereNotNull('finished_at')
        .where('finished_at', '<', before)
        .whereNotIn('id', tx('fund_operations').select('cycle_id'))
        .delete();
    });
  }

  #operations() {
    return this.database('fund_operations').where({ chain: this.chain });
  }

  async #list(query: Knex.QueryBuilder): Promise<readonly Operation[]> {
    const rows: OperationRow[] = await query.orderBy('id');
    return rows.map(toOperation);
  }

  async #update(id: number, columns: Readonly<Record<string, string | number | null>>): Promise<void> {
    await this.database('fund_operations')
      .where({ id })
      .update({ ...columns, updated_at: this.clock.now() });
  }

  /** False when it was closed before. */
  async #close(
    tx: Knex,
    { id }: Operation,
    columns: Readonly<Record<string, string | null>>,
  ): Promise<boolean> {
    const changed = await tx('fund_operations')
      .where({ id })
      .whereNotIn('status', ['confirmed', 'failed'])
      .update({ ...columns, updated_at: this.clock.now() });
    return changed > 0;
  }

  async #owe(tx: Knex, { token, toRole: role }: Operation, change: bigint): Promise<void> {
    const key = { chain: this.chain, token: token ?? '', role };
    const present = await tx('fund_owed').where(key).first('amount');
    const amount = BigInt(present?.amount ?? 0) + change;
    if (amount < 0n) throw new Error(`more was paid to ${role} than was owed`);
    if (amount === 0n) await tx('fund_owed').where(key).delete();
    else
      await tx('fund_owed')
        .insert({ ...key, amount: String(amount) })
        .onConflict(['chain', 'token', 'role'])
        .merge();
  }
}

/** True when the step was planned for the token in this cycle, and need not be again. */
export function isTaken(ofCycle: readonly Operation[], step: Step, token: Address | null): boolean {
  return ofCycle.some((operation) => {
    if (operation.token !== token) return false;
    // The amounts of a distribution belong together: what failed of it is owed, never shared again.
    if (DISTRIBUTION.includes(step)) return DISTRIBUTION.includes(operation.step);
    return operation.step === step && operation.status !== 'failed';
  });
}
