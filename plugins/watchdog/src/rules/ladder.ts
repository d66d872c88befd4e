import type { Bucket } from './bucket.js';
import { isViolated } from './bucket.js';
import type { MetricRule } from './rule-of.js';

/** What is done about a VM that uses more of a metric than it may. Nothing is ever destroyed. */
export type Step = 'none' | 'log' | 'warn' | 'throttle' | 'suspend';

/** Milliseconds between two steps up, and between two tries of one. */
export const STEP_MS = 300_000;
/** Milliseconds well below the limit that take one step back. */
export const CALM_MS = 600_000;

export interface Rung {
  readonly step: Step;
  /** When it was last moved or tried, in ms since the epoch. */
  readonly movedAt: number;
  /** The limit of the rule then, in the metric's unit. */
  readonly limit: number | null;
}

export const ground: Rung = { step: 'none', movedAt: Number.NEGATIVE_INFINITY, limit: null };

/** The steps there are under a rule, lowest first. */
export function stepsOf({ mayThrottle, maySuspend }: Pick<MetricRule, 'mayThrottle' | 'maySuspend'>): Step[] {
  return [
    'none',
    'log',
    'warn',
    ...(mayThrottle ? ['throttle' as const] : []),
    ...(maySuspend ? ['suspend' as const] : []),
  ];
}

/**
 * The step that is due for a VM which runs, `throttle` also to another limit; null to stay. In a dry run nothing was really done: a VM that would be
 * suspended runs on.
 */
export function nextStep(
  rung: Rung,
  bucket: Bucket,
  rule: MetricRule,
  {
    now,
    dryRun,
    isMeasured,
  }: { readonly now: number; readonly dryRun: boolean; readonly isMeasured: boolean },
): Step | null {
  const steps = stepsOf(rule);
  const place = steps.indexOf(rung.step);
  const isBack = rung.step === 'suspend' && !dryRun;
  // A person has resumed it, or the rules do not have that step any more.
  if (isBack || place === -1) return steps.filter((step) => step !== 'suspend').at(-1) ?? 'none';
  // A full bucket is no violation, and a calm one no recovery, while nobody knows what the VM uses.
  if (!isMeasured) return null;
  // A clock that was set back must not hold a step for ever.
  if (Math.abs(now - rung.movedAt) < STEP_MS) return null;
  if (isViolated(bucket, rule) && place + 1 < steps.length) return steps[place + 1] ?? null;
  // The plan has changed: the VM is to be held to what it is now.
  if (rung.step === 'throttle' && rung.limit !== null && rung.limit !== rule.limit) return 'throttle';
  return bucket.calmMs >= CALM_MS ? (steps[place - 1] ?? null) : null;
}
