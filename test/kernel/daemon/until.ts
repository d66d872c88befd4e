import { readFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

/** Long: it only bounds how long a failure takes to be told, and machines may be busy. */
const PATIENCE_MS = 45_000;

/** Resolves with the first answer that is neither false nor undefined; rejects when none comes in time. */
export async function until<T>(ask: () => T | false | undefined): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const answer = ask();
    if (answer !== false && answer !== undefined) return answer;
    await wait(10);
  }
  throw new Error(`not within ${PATIENCE_MS} ms: ${ask}`);
}

/** False for a process that has ended, also while nobody has collected it yet. */
export function isRunning(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}
