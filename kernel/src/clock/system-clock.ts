import { setTimeout as wait } from 'node:timers/promises';
import type { Clock } from '../ports/clock.js';

/** Longest delay a Node timer can hold; a longer one would fire at once. */
const LONGEST_TIMER = 2 ** 31 - 1;

/** The time of this machine. */
export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    signal?.throwIfAborted();
    for (let left = Math.max(0, ms); ; left -= LONGEST_TIMER) {
      try {
        await wait(Math.min(left, LONGEST_TIMER), undefined, { signal });
      } catch (error) {
        throw signal?.aborted ? signal.reason : error;
      }
      if (left <= LONGEST_TIMER) return;
    }
  },
};
