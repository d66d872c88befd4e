const FIRST_PAUSE_MS = 300_000;
const LONGEST_PAUSE_MS = 3_600_000;

/** What is recorded of the runs of one task; milliseconds since the epoch, 0 is never. */
export interface Attempts {
  readonly lastAt: number;
  readonly nextAttemptAt: number;
  readonly failures: number;
}

/** Pause after so many failures in a row: 5, 10, 20, 40, 60, 60 … minutes (engine.md 5.2). */
export function pauseAfter(failures: number): number {
  return Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10), LONGEST_PAUSE_MS);
}

/** When a task is due: after its interval, after a failure after its pause. A clock that was set back makes it due. */
export function dueAt(
  { lastAt, nextAttemptAt, failures }: Attempts,
  intervalMs: number,
  now: number,
): number {
  const failed = failures > 0;
  const begin = failed ? nextAttemptAt - pauseAfter(failures) : lastAt;
  if (begin > now) return now;
  return failed ? nextAttemptAt : lastAt + intervalMs;
}
