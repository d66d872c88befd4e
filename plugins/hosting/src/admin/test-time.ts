import type { Clock } from '@blockhost/kernel';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time that passes only when told: whoever sleeps wakes when it has come. */
export class TestTime implements Clock {
  #now = Date.parse('2026-01-01T00:00:00Z');
  readonly #sleepers = new Set<Sleeper>();

  now(): number {
    return this.#now;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const sleeper = { until: this.#now + Math.max(ms, 0), wake: () => end(resolve) };
      const abort = () => end(() => reject(signal?.reason));
      const end = (how: () => void) => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', abort);
        how();
      };
      signal?.addEventListener('abort', abort, { once: true });
      this.#sleepers.add(sleeper);
    });
  }

  get sleeping(): number {
    return this.#sleepers.size;
  }

  /** Negative: the clock is set back, and nobody wakes. */
  advance(ms: number): void {
    this.#now += ms;
    for (const sleeper of [...this.#sleepers]) if (sleeper.until <= this.#now) sleeper.wake();
  }
}
