import {
  type Clock,
  hasCode,
  type Logger,
  type Run,
  sentenceOf,
  type VmIdentity,
  type VmLimits,
  type VmOperations,
  type VmRecord,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { isBraked } from '../rules/brake.js';
import type { Move } from '../rules/judge.js';
import { STEP_MS, type Step } from '../rules/ladder.js';
import { type MetricName, metric } from '../rules/metric.js';
import type { Rules } from '../rules/plan-limits.js';
import { rulesOf } from '../rules/rule-of.js';
import { type Act, actOf } from './act-of.js';
import type { Action, Ledger } from './ledger.js';

/** Whose the watchdog's limits are: those of others are never lifted. */
export const HOLDER = 'watchdog';

const HOUR_MS = 3_600_000;

/** The VM was not touched. After any other failure some of it may be done. */
const UNTOUCHED = ['vm.changed', 'vm.not-running', 'port.not-supported', 'lock.busy'];

/** Places where a crash test may kill the watchdog while it holds a VM, and while it suspends one. */
export const throttleFailpoints: readonly string[] = failpointsOf(
  'intend',
  'record-limits',
  'limit',
  'settle',
);
export const suspendFailpoints: readonly string[] = failpointsOf('intend', 'stop', 'record', 'settle');

export interface EnforcerHost {
  readonly ledger: Ledger;
  readonly operations: VmOperations;
  readonly vms: VmStore;
  readonly clock: Clock;
  readonly log: Logger;
}

export interface Circumstances {
  readonly rules: Rules;
  /** Active VMs of this host. */
  readonly vms: number;
  readonly signal: AbortSignal;
}

/**
 * Takes the steps that are due: intended in the ledger, done by the host's own verbs, recorded with its outcome. Killed at
 * any point it is finished by {@link finish}: every act may be done again.
 */
export class Enforcer {
  constructor(private readonly host: EnforcerHost) {}

  /** Answers whether the step was taken. Throws only when told to stop, or when its own tables fail. */
  async take(move: Move, { rules, vms, signal }: Circumstances): Promise<boolean> {
    const { ledger, clock, log } = this.host;
    const { dryRun } = rules;
    const act = actOf(move);
    const limits = act === 'throttle' || act === 'release' ? limitsOf(move) : {};
    if (act === 'throttle' || act === 'suspend') {
      const now = clock.now();
      const held = await ledger.held(dryRun, now - HOUR_MS);
      const confirmedAt = await ledger.confirmedAt();
      if (isBraked(move.vm.operationId, held, { vms, now, confirmedAt })) {
        if (await ledger.noteBraked(move, limits, dryRun, now))
          log.warn('a VM is over its plan, but too many were held within an hour', factsOf(move));
        return false;
      }
    }
    this.tell(move, act, dryRun);
    if (dryRun || act === 'note') {
      await ledger.note(move, limits, dryRun, clock.now());
      return true;
    }
    return withRun({ name: HOLDER, log, signal }, async (run) => {
      const id = await run.step('intend', () => ledger.intend(move, limits, false, clock.now()));
      const { vm, metric, from, to, rule } = move;
      return this.carryOut(
        {
          id,
          vm: vm.name,
          operationId: vm.operationId,
          metric,
          from,
          to,
          limit: rule?.limit ?? null,
          limits,
          dryRun,
        },
        act,
        run,
      );
    });
  }

  /** Finishes what was begun when the process before was killed. Only where the rules let it act. */
  async finish({ rules, signal }: Omit<Circumstances, 'vms'>): Promise<void> {
    const { ledger, vms, clock, log } = this.host;
    for (const action of await ledger.open()) {
      signal.throwIfAborted();
      const vm = await vms.get(action.vm);
      const isThere = vm?.operationId === action.operationId && vm.status !== 'destroyed';
      const settle = (state: 'done' | 'abandoned', outcome: string, step: Step) =>
        ledger.settle(action, { state, outcome, step }, clock.now());
      if (!isThere || vm === null) {
        await settle('abandoned', 'The VM is gone.', 'none');
        continue;
      }
      const act = actOf(action);
      const isRuled = rulesOf(vm, rules).some((rule) => rule.metric === action.metric);
      const isLate = clock.now() - action.at > STEP_MS;
      log.info('finishing what was begun before', { vm: vm.name, metric: action.metric, act });
      if (act === 'suspend' && (isLate || !isRuled)) {
        if (isSuspended(vm)) await settle('done', 'It was suspended before the watchdog ended.', 'suspend');
        else await settle('abandoned', 'The watchdog ended before, and it was not tried again.', action.from);
        continue;
      }
      const undo = act === 'throttle' && !isRuled;
      await withRun({ name: HOLDER, log, signal }, (run) =>
        undo
          ? this.carryOut({ ...action, to: action.from }, 'release', run, { state: 'abandoned' })
          : this.carryOut(action, act, run, { isBegun: true }),
      );
    }
  }

  /** `isBegun`: a process before may have done some of it. */
  private async carryOut(
    action: Begun,
    act: Act,
    run: Run,
    { isBegun = false, state = 'done' as 'done' | 'abandoned' } = {},
  ): Promise<boolean> {
    const { ledger, clock, log } = this.host;
    let end: Parameters<Ledger['settle']>[1];
    try {
      await this.act(action, act, run);
      end = { state, outcome: null, step: action.to };
    } catch (error) {
      // Finished by the next process.
      if (run.signal.aborted) throw error;
      const isUntouched = !isBegun && UNTOUCHED.some((code) => hasCode(error, code));
      // Limits that are recorded come into force with the next start: they are the watchdog's to lift.
      const step = act === 'throttle' && !isUntouched ? action.to : action.from;
      end = { state: 'failed', outcome: sentenceOf(error), step };
      log.error('a step against a VM failed', { vm: action.vm, act, reason: sentenceOf(error) });
    }
    await run.step('settle', () => ledger.settle(action, end, clock.now()));
    return end.step === action.to;
  }

  private async act({ vm: name, operationId, limits }: Begun, act: Act, run: Run): Promise<void> {
    const { operations } = this.host;
    const vm: VmIdentity = { name, operationId };
    const named = Object.keys(limits) as (keyof VmLimits)[];
    if (act === 'throttle') await operations.throttle(vm, limits, HOLDER, run);
    if (act === 'release') await operations.release(vm, named, HOLDER, run);
    if (act === 'suspend') await operations.suspend(vm, 'abuse', run);
  }

  private tell(move: Move, act: Act, dryRun: boolean): void {
    const { log } = this.host;
    const facts = { ...factsOf(move), dryRun };
    if (act === 'release' || move.to === 'none') log.info('a VM keeps to its plan again', facts);
    else if (move.to === 'log') log.info('a VM uses more than its plan has', facts);
    else log.warn('a VM uses more than its plan has', facts);
  }
}

type Begun = Omit<Action, 'at' | 'plan' | 'used' | 'bucket' | 'capacity' | 'state' | 'outcome' | 'settledAt'>;

/** Also of a rule that is gone: then only the names count. */
function limitsOf({
  metric: name,
  rule,
  vm,
}: { readonly metric: MetricName } & Pick<Move, 'rule' | 'vm'>): VmLimits {
  return metric(name).throttle?.(rule?.limit ?? 1, vm.cpu) ?? {};
}

function isSuspended({ status, suspendReason }: VmRecord): boolean {
  return status === 'suspended' && suspendReason === 'abuse';
}

function factsOf({ vm, metric: name, from, to, value, rule }: Move): Record<string, unknown> {
  return { vm: vm.name, plan: vm.planId, metric: name, used: value, limit: rule?.limit ?? null, from, to };
}

function failpointsOf(...steps: readonly string[]): string[] {
  return steps.flatMap((step) => [`${HOLDER}.${step}:before`, `${HOLDER}.${step}:after`]);
}
