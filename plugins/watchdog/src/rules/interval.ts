/** The part of one processor that polling may take: 5 %. */
const SHARE = 20;

/** Milliseconds from the beginning of one look to that of the next (provisioners.md 9.2). */
export function nextInterval(minIntervalMs: number, costMs: number): number {
  return Math.max(minIntervalMs, SHARE * costMs);
}
