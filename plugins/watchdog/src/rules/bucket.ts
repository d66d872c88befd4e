import type { MetricRule } from './rule-of.js';

/** Samples older than so many intervals say nothing; nor does the time between two that lie farther apart. */
const STALE_INTERVALS = 3;
/** Below this part of the limit a VM is on its way down the ladder. */
const CALM = 0.8;
/**
 * A VM that is held to its limit uses about that much, for neither throttle nor figures are exact. It counts as over only
 * where the throttle clearly does not hold it.
 */
const HELD = 1.1;

/**
 * A leaky bucket (provisioners.md 9.2): what a VM uses above its limit runs in, what it leaves unused runs out. All times
 * in milliseconds.
 */
export interface Bucket {
  /** Units × seconds, from 0 to the rule's capacity. */
  readonly level: number;
  /** Of the last sample that counted. */
  readonly at: number | null;
  readonly isOver: boolean;
  /** How long samples without a gap have been well below the limit. */
  readonly calmMs: number;
}

export const emptyBucket: Bucket = { level: 0, at: null, isOver: false, calmMs: 0 };

export interface Reading {
  readonly at: number;
  /** In the unit of the limit; negative when it cannot be known. */
  readonly value: number;
}

/** The bucket after a reading; one that is missing, stale or known already changes nothing. */
export function pour(
  bucket: Bucket,
  { at, value }: Reading,
  { limit, capacity }: Pick<MetricRule, 'limit' | 'capacity'>,
  {
    now,
    intervalMs,
    isThrottled = false,
  }: { readonly now: number; readonly intervalMs: number; readonly isThrottled?: boolean },
): Bucket {
  const staleMs = STALE_INTERVALS * intervalMs;
  if (!Number.isFinite(value) || value < 0 || now - at > staleMs || at === bucket.at) return bucket;
  const gap = bucket.at === null ? 0 : at - bucket.at;
  // A clock that was set back, or a gap: nobody knows what happened in between.
  const elapsedMs = gap > 0 && gap <= staleMs ? gap : 0;
  const bound = isThrottled ? HELD * limit : limit;
  const level = bucket.level + ((value - bound) * elapsedMs) / 1_000;
  return {
    level: Math.min(capacity, Math.max(0, level)),
    at,
    isOver: value > bound,
    calmMs: value < CALM * limit ? bucket.calmMs + elapsedMs : 0,
  };
}

/** A full bucket is a violation; without any burst, so is whatever lies above the limit. */
export function isViolated({ level, isOver }: Bucket, { capacity }: Pick<MetricRule, 'capacity'>): boolean {
  return capacity > 0 ? level >= capacity : isOver;
}
