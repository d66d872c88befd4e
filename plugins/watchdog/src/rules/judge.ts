import type { VmLimits, VmMetrics, VmRecord } from '@blockhost/kernel';
import { type Bucket, emptyBucket, pour } from './bucket.js';
import { ground, nextStep, type Rung, type Step } from './ladder.js';
import { type MetricName, metric, metricNames } from './metric.js';
import type { Rules } from './plan-limits.js';
import { type MetricRule, rulesOf } from './rule-of.js';

/** What a VM used at one moment. */
export interface Sample {
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly figures: VmMetrics;
}

/** Of a VM and a metric: `OPERATION_ID/METRIC`. */
export type Key = string;

export const keyOf = (vm: Pick<VmRecord, 'operationId'>, name: MetricName): Key =>
  `${vm.operationId}/${name}`;

/** A step that is due. */
export interface Move {
  readonly key: Key;
  readonly vm: VmRecord;
  readonly metric: MetricName;
  /** null when no rule is left for it. */
  readonly rule: MetricRule | null;
  readonly from: Step;
  readonly to: Step;
  /** In the metric's unit; null when it was not measured. */
  readonly value: number | null;
  /** Of the bucket, in units × seconds. */
  readonly level: number;
}

export interface Evidence {
  /** VMs with status active. */
  readonly vms: readonly VmRecord[];
  /** By operation id; the latest of each. */
  readonly samples: ReadonlyMap<string, Sample>;
  readonly rules: Rules;
  readonly buckets: ReadonlyMap<Key, Bucket>;
  readonly rungs: ReadonlyMap<Key, Rung>;
  readonly now: number;
  readonly intervalMs: number;
}

/** Every bucket after the samples, and the steps that are due. Decides only: pure arithmetic. */
export function judge(evidence: Evidence): { buckets: Map<Key, Bucket>; moves: readonly Move[] } {
  const { vms, rules, rungs, samples, now } = evidence;
  const buckets = new Map<Key, Bucket>();
  const moves: Move[] = [];
  for (const vm of vms) {
    const sample = samples.get(vm.operationId);
    const ruled = new Map(rulesOf(vm, rules).map((rule) => [rule.metric, rule]));
    for (const [name, rule] of ruled) {
      const key = keyOf(vm, name);
      const before = evidence.buckets.get(key) ?? emptyBucket;
      const value = usedOf(sample, name);
      const reading = sample && { at: sample.at, value: value ?? -1 };
      const rung = rungs.get(key) ?? ground;
      const isThrottled = rung.step === 'throttle';
      const bucket = reading ? pour(before, reading, rule, { ...evidence, isThrottled }) : before;
      buckets.set(key, bucket);
      const { dryRun } = rules;
      const isHeld = dryRun || holds(vm, rule);
      const to = nextStep(rung, bucket, rule, { now, dryRun, isMeasured: bucket !== before, isHeld });
      if (to !== null)
        moves.push({ key, vm, metric: name, rule, from: rung.step, to, value, level: bucket.level });
    }
    // No rule is left for these: what was begun ends.
    for (const name of metricNames) {
      const key = keyOf(vm, name);
      const from = rungs.get(key)?.step ?? 'none';
      if (from === 'none' || ruled.has(name)) continue;
      moves.push({
        key,
        vm,
        metric: name,
        rule: null,
        from,
        to: 'none',
        value: usedOf(sample, name),
        level: 0,
      });
    }
  }
  return { buckets, moves };
}

/** A machine that is off uses nothing, which tells nothing of how it behaves. */
function usedOf(sample: Sample | undefined, name: MetricName): number | null {
  if (sample?.figures.state !== 'running') return null;
  const value = metric(name).read(sample.figures);
  return value < 0 ? null : value;
}

/** Whether the VM has the limits that the rule asks for, or stricter ones. */
function holds({ limits, cpu }: VmRecord, { metric: name, limit }: MetricRule): boolean {
  const wanted = Object.entries(metric(name).throttle?.(limit, cpu) ?? {}) as [keyof VmLimits, number][];
  return wanted.every(([each, value]) => (limits[each] ?? Number.POSITIVE_INFINITY) <= value);
}
