import type { VmLimits, VmRecord } from '@blockhost/kernel';
import type { Knex } from '@blockhost/kernel/store';
import type { Act as Held } from '../rules/brake.js';
import { type Key, keyOf, type Move } from '../rules/judge.js';
import type { Rung, Step } from '../rules/ladder.js';
import type { MetricName } from '../rules/metric.js';

const DAY_MS = 86_400_000;
/** Settled actions are kept that long. */
const KEPT_MS = 90 * DAY_MS;

export type ActionState = 'intended' | 'done' | 'failed' | 'abandoned' | 'braked';

/** One action as it is recorded; moments in ms since the epoch. */
export interface Action {
  readonly id: number;
  readonly at: number;
  readonly vm: string;
  readonly operationId: string;
  readonly plan: string | null;
  readonly metric: MetricName;
  readonly from: Step;
  readonly to: Step;
  readonly used: number | null;
  readonly limit: number | null;
  readonly bucket: number;
  readonly capacity: number | null;
  readonly limits: VmLimits;
  readonly dryRun: boolean;
  readonly state: ActionState;
  readonly outcome: string | null;
  readonly settledAt: number | null;
}

export interface StandingRung extends Rung {
  readonly vm: string;
  readonly operationId: string;
  readonly metric: MetricName;
}

/** The watchdog's own tables: what it did, and on which step of the ladder each VM stands. */
export class Ledger {
  constructor(private readonly database: Knex) {}

  /** Records an action before it is done. Answers its id. */
  async intend(move: Move, limits: VmLimits, dryRun: boolean, now: number): Promise<number> {
    return this.insert(this.database, move, { limits, dryRun, now, state: 'intended', outcome: null });
  }

  /** Records how an action ended, and where the VM stands then. */
  async settle(
    action: Pick<Action, 'id' | 'vm' | 'operationId' | 'metric' | 'dryRun' | 'limit'>,
    end: { readonly state: ActionState; readonly outcome: string | null; readonly step: Step },
    now: number,
  ): Promise<void> {
    await this.database.transaction(async (tx) => {
      await tx('watchdog_actions')
        .where({ id: action.id })
        .update({ state: end.state, outcome: end.outcome, settled_at: now });
      await stand(tx, action, end.step, now);
    });
  }

  /** Records in one go what does nothing to the VM: a note, or any step of a dry run. */
  async note(move: Move, limits: VmLimits, dryRun: boolean, now: number): Promise<void> {
    await this.database.transaction(async (tx) => {
      await this.insert(tx, move, { limits, dryRun, now, state: 'done', outcome: null });
      const { metric, vm, rule } = move;
      const limit = rule?.limit ?? null;
      await stand(tx, { vm: vm.name, operationId: vm.operationId, metric, dryRun, limit }, move.to, now);
    });
  }

  /** Records that the brake held an action back; once an hour is enough. False when it stood there already. */
  async noteBraked(move: Move, limits: VmLimits, dryRun: boolean, now: number): Promise<boolean> {
    const known = await this.database('watchdog_actions')
      .where({ operation_id: move.vm.operationId, metric: move.metric, dry_run: Number(dryRun) })
      .where({ state: 'braked' })
      .where('at', '>', now - 3_600_000)
      .first('id');
    if (known) return false;
    const outcome = 'Too many VMs were held within an hour: see `blockhost watchdog confirm`.';
    await this.insert(this.database, move, { limits, dryRun, now, state: 'braked', outcome });
    return true;
  }

  private async insert(
    database: Knex,
    { vm, metric, from, to, rule, value, level }: Move,
    fact: {
      readonly limits: VmLimits;
      readonly dryRun: boolean;
      readonly now: number;
      readonly state: ActionState;
      readonly outcome: string | null;
    },
  ): Promise<number> {
    const [{ id }] = await database('watchdog_actions')
      .insert({
        at: fact.now,
        vm: vm.name,
        operation_id: vm.operationId,
        plan: vm.planId,
        metric,
        from_step: from,
        to_step: to,
        used: value === null ? null : Math.round(value),
        plan_limit: rule?.limit ?? null,
        bucket: Math.round(level),
        capacity: rule ? Math.round(rule.capacity) : null,
        limits: JSON.stringify(fact.limits),
        dry_run: Number(fact.dryRun),
        state: fact.state,
        outcome: fact.outcome,
        settled_at: fact.state === 'intended' ? null : fact.now,
      })
      .returning('id');
    return Number(id);
  }

  /** Real actions that were begun and have no end yet, oldest first. */
  async open(): Promise<readonly Action[]> {
    const rows = await this.database('watchdog_actions')
      .where({ state: 'intended', dry_run: 0 })
      .orderBy('id');
    return rows.map(toAction);
  }

  /** Youngest first; of one VM by its name when told. */
  async recent(limit: number, vm?: string): Promise<readonly Action[]> {
    const rows = await this.database('watchdog_actions')
      .modify((query) => {
        if (vm !== undefined) query.where({ vm });
      })
      .orderBy('id', 'desc')
      .limit(limit);
    return rows.map(toAction);
  }

  /** Where VMs stand on the ladder, but for those at its foot. */
  async rungs(dryRun: boolean): Promise<ReadonlyMap<Key, StandingRung>> {
    const rows = await this.database('watchdog_rungs')
      .where({ dry_run: Number(dryRun) })
      .orderBy(['vm', 'metric']);
    return new Map(
      rows.map((row) => {
        const metric: MetricName = row.metric;
        const rung = {
          vm: row.vm,
          operationId: row.operation_id,
          metric,
          step: row.step,
          movedAt: row.moved_at,
          limit: row.plan_limit,
        };
        return [keyOf(rung, metric), rung];
      }),
    );
  }

  /** What counts for the brake: VMs that were held or taken off since `since`, whatever came of it. */
  async held(dryRun: boolean, since: number): Promise<readonly Held[]> {
    const rows: readonly { operation_id: string; at: number }[] = await this.database('watchdog_actions')
      .where({ dry_run: Number(dryRun) })
      .whereIn('to_step', ['throttle', 'suspend'])
      .whereNot({ from_step: 'suspend' })
      .whereIn('state', ['intended', 'done', 'failed'])
      .where('at', '>', since)
      .select('operation_id', 'at');
    return rows.map(({ operation_id, at }) => ({ vm: operation_id, at }));
  }

  async confirm(now: number): Promise<void> {
    await this.database('watchdog_confirmations').insert({ at: now }).onConflict('at').ignore();
    await this.database('watchdog_confirmations').where('at', '<', now).delete();
  }

  /** When a person last let the watchdog go on. */
  async confirmedAt(): Promise<number | null> {
    const row = await this.database('watchdog_confirmations').orderBy('at', 'desc').first('at');
    return row ? Number(row.at) : null;
  }

  /** Drops old actions, rungs of VMs that are no more, and, where it acts, those of a dry run before. */
  async tidy(live: readonly Pick<VmRecord, 'operationId'>[], dryRun: boolean, now: number): Promise<void> {
    await this.database('watchdog_actions')
      .where('at', '<', now - KEPT_MS)
      .whereNot({ state: 'intended' })
      .delete();
    if (!dryRun) await this.database('watchdog_rungs').where({ dry_run: 1 }).delete();
    const known = new Set(live.map(({ operationId }) => operationId));
    const stored: readonly string[] = await this.database('watchdog_rungs').distinct().pluck('operation_id');
    for (const id of stored)
      if (!known.has(id)) await this.database('watchdog_rungs').where({ operation_id: id }).delete();
  }
}

async function stand(
  tx: Knex,
  {
    vm,
    operationId,
    metric,
    dryRun,
    limit,
  }: Pick<Action, 'vm' | 'operationId' | 'metric' | 'dryRun' | 'limit'>,
  step: Step,
  now: number,
): Promise<void> {
  const key = { operation_id: operationId, metric, dry_run: Number(dryRun) };
  await tx('watchdog_rungs')
    .insert({ ...key, vm, step, plan_limit: limit, moved_at: now })
    .onConflict(['operation_id', 'metric', 'dry_run'])
    .merge();
}

interface ActionRow {
  readonly id: number;
  readonly at: number;
  readonly vm: string;
  readonly operation_id: string;
  readonly plan: string | null;
  readonly metric: MetricName;
  readonly from_step: Step;
  readonly to_step: Step;
  readonly used: number | null;
  readonly plan_limit: number | null;
  readonly bucket: number;
  readonly capacity: number | null;
  readonly limits: string;
  readonly dry_run: number;
  readonly state: ActionState;
  readonly outcome: string | null;
  readonly settled_at: number | null;
}

function toAction(row: ActionRow): Action {
  return {
    id: row.id,
    at: row.at,
    vm: row.vm,
    operationId: row.operation_id,
    plan: row.plan,
    metric: row.metric,
    from: row.from_step,
    to: row.to_step,
    used: row.used,
    limit: row.plan_limit,
    bucket: row.bucket,
    capacity: row.capacity,
    limits: JSON.parse(row.limits) as VmLimits,
    dryRun: row.dry_run === 1,
    state: row.state,
    outcome: row.outcome,
    settledAt: row.settled_at,
  };
}
