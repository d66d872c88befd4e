import { type Clock, systemClock } from '@blockhost/kernel';

/** Runs like the system's clock, and can be put forward or back. */
export class MovableClock implements Clock {
  readonly sleep = systemClock.sleep;
  #ahead = 0;

  now(): number {
    return systemClock.now() + this.#ahead;
  }

  advance(ms: number): void {
    this.#ahead += ms;
  }
}
