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

export interface Standing {
  readonly now: number;
  /** Nothing was really done: a VM that would be suspended runs on. */
  readonly dryRun: boolean;
  /** This look has told what the VM uses. */
  readonly isMeasured: boolean;
  /** The limits of the throttle stand: no person has set looser ones since. */
  readonly isHeld: boolean;
}

/** The step that is due for a VM which runs, `throttle` also to another limit; null to stay. */
export function nextStep(
  rung: Rung,
  bucket: Bucket,
  rule: MetricRule,
  { now, dryRun, isMeasured, isHeld }: Standing,
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
  const isThrottled = rung.step === 'throttle';
  // Whom a person lets use more is not suspended for it.
  const mayClimb = place + 1 < steps.length && (isHeld || !isThrottled);
  if (isViolated(bucket, rule) && mayClimb) return steps[place + 1] ?? null;
  // The plan has changed: the VM is to be held to what it is now.
  if (isThrottled && rung.limit !== null && rung.limit !== rule.limit) return 'throttle';
  return bucket.calmMs >= CALM_MS ? (steps[place - 1] ?? null) : null;
}
