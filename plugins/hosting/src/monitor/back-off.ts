const FIRST_MS = 5_000;
const LONGEST_MS = 300_000;

/** Pauses after failures: 5, 10, 20 … 300 s, each ± 20 % so that hosts do not knock in step (engine.md 3.2). */
export class BackOff {
  #failures = 0;

  constructor(private readonly random: () => number = Math.random) {}

  get failures(): number {
    return this.#failures;
  }

  failed(): number {
    const pause = Math.min(FIRST_MS * 2 ** Math.min(this.#failures, 16), LONGEST_MS);
    this.#failures += 1;
    return Math.round(pause * (0.8 + 0.4 * this.random()));
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
