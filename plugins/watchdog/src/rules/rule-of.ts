import type { VmRecord } from '@blockhost/kernel';
import { type MetricName, metric, metricNames } from './metric.js';
import type { PlanRule, Rules } from './plan-limits.js';

/** The rule for one metric of one VM. */
export interface MetricRule {
  readonly metric: MetricName;
  /** In the metric's unit. */
  readonly limit: number;
  /** What may be used above the limit before it counts, in units × seconds. */
  readonly capacity: number;
  readonly mayThrottle: boolean;
  readonly maySuspend: boolean;
}

/** Half as much again for five minutes, or twice the limit for two and a half. */
const BURST = { factor: 1.5, seconds: 300 };

type Ruled = Pick<VmRecord, 'name' | 'planId'>;

/** Which entry of the file holds for a VM; null for one that is let alone. */
export function planRuleOf({ name, planId }: Ruled, rules: Rules): PlanRule | null {
  if (rules.exempt.has(name)) return null;
  return (planId === null ? undefined : rules.plans.get(planId)) ?? rules.fallback;
}

/** Every rule for a VM; none for one that is let alone. */
export function rulesOf(vm: Ruled, rules: Rules): readonly MetricRule[] {
  const rule = planRuleOf(vm, rules);
  if (rule === null) return [];
  const { factor, seconds } = { ...BURST, ...rule.burst };
  const { throttle = true, suspend = false } = rule.actions ?? {};
  return metricNames.flatMap((name) => {
    const limit = rule[name];
    if (limit === undefined) return [];
    return {
      metric: name,
      limit,
      capacity: (factor - 1) * limit * seconds,
      mayThrottle: throttle && metric(name).throttle !== undefined,
      maySuspend: suspend,
    };
  });
}
