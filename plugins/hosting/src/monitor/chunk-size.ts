const MANY = 5_000;

/** Blocks per scan: halved when a provider refuses the span, doubled again after ten good ones (engine.md 3.2). */
export class ChunkSize {
  #size: number;
  #good = 0;

  constructor(private readonly largest = 2_000) {
    this.#size = largest;
  }

  get blocks(): number {
    return this.#size;
  }

  /** One that brought more than {@link MANY} events is followed by a smaller one, so that none fills the memory. */
  succeeded(events = 0): void {
    if (events > MANY) {
      this.refused();
      return;
    }
    this.#good += 1;
    if (this.#good < 10) return;
    this.#good = 0;
    this.#size = Math.min(this.#size * 2, this.largest);
  }

  /** False when one block is already too much. */
  refused(): boolean {
    this.#good = 0;
    if (this.#size === 1) return false;
    this.#size = Math.max(1, Math.floor(this.#size / 2));
    return true;
  }
}
