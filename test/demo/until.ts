import { setTimeout as sleep } from 'node:timers/promises';

/** Asks again until there is an answer; throws after `timeoutMs` with what it waited for. */
export async function until<T>(
  what: string,
  timeoutMs: number,
  ask: () => Promise<T | null | undefined>,
): Promise<T> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined) return answer;
    if (Date.now() > end) throw new Error(`Waited ${timeoutMs / 1000} s in vain for ${what}.`);
    await sleep(20);
  }
}
