import { BlockhostError } from '@blockhost/kernel';

const UNIT_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A moment in ms since the epoch from ISO 8601, or from how long ago it was: `90m`, `6h`, `7d`. Throws `watchdog.bad-time`. */
export function sinceWhen(text: string, now: number): number {
  const [, count, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  // Date.parse takes far more than ISO 8601.
  const moment = /^\d{4}-\d{2}-\d{2}(T|$)/.test(text) ? Date.parse(text) : Number.NaN;
  if (!Number.isNaN(moment)) return moment;
  throw new BlockhostError('watchdog.bad-time', `--since is no moment: "${text}".`, {
    remedy: 'Write it as 2026-03-31T10:00:00Z, or as 90m, 6h or 7d ago.',
    exitCode: 2,
  });
}
