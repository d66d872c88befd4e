import type { AdminOrder } from '@blockhost/kernel';

/** What an order is judged by. */
export interface Present {
  /** Milliseconds, of the host's clock. */
  readonly now: number;
  /** Height of the chain's head. */
  readonly head: number;
  /** The highest nonce ever accepted, where nonces are heights; null: none yet. */
  readonly highest: number | null;
  /** Seconds. */
  readonly maxCommandAge: number;
}

/** Clocks of wallet and host may differ by so much, in seconds. */
export const CLOCK_SKEW_S = 60;
/** Blocks around the head in which a height counts as fresh (engine.md 6.3). */
const BLOCKS_BEHIND = 12;
const BLOCKS_AHEAD = 2;

/** Why an order is not fresh; null when it is (engine.md 6.2, 6.3). */
export function staleness({ freshness }: Pick<AdminOrder, 'freshness'>, present: Present): string | null {
  if ('timestamp' in freshness) {
    const age = Math.floor(present.now / 1_000) - freshness.timestamp;
    if (age > present.maxCommandAge) return `it is ${age} s old`;
    if (age < -CLOCK_SKEW_S) return `it is dated ${-age} s ahead of the host's clock`;
    return null;
  }
  const { height } = freshness;
  if (present.highest !== null && height <= present.highest)
    return 'its number is not above the last one accepted';
  if (height < present.head - BLOCKS_BEHIND) return `it is ${present.head - height} blocks old`;
  if (height > present.head + BLOCKS_AHEAD) return `it is ${height - present.head} blocks ahead of the chain`;
  return null;
}
