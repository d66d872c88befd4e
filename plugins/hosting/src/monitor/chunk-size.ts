/** Events in one span beyond which the next one is smaller, so that none fills the memory. */
const MANY = 5_000;
/** Nobody knows beforehand how dense the blocks are: the first spans are short. */
const FIRST = 125;

/**
 * Blocks per scan (engine.md 3.2): halved when a provider refuses the span, doubled again after ten good ones. Until the
 * first refusal or dense span it doubles after each.
 */
export class ChunkSize {
  #size: number;
  #good = 0;
  #isGrowing = true;

  constructor(private readonly largest = 2_000) {
    this.#size = Math.min(FIRST, largest);
  }

  get blocks(): number {
    return this.#size;
  }

  /** A span of `blocks` was read and brought so many events. */
  succeeded(blocks: number, events: number): void {
    if (events > MANY) {
      this.#set(Math.floor((blocks * MANY) / events));
      return;
    }
    this.#good += 1;
    if (!this.#isGrowing && this.#good < 10) return;
    this.#good = 0;
    // Twice as many blocks of this kind would be too dense again.
    if (events <= MANY / 2) this.#size = Math.min(this.#size * 2, this.largest);
  }

  /** False when one block is already too much. */
  refused(): boolean {
    if (this.#size === 1) return false;
    this.#set(Math.floor(this.#size / 2));
    return true;
  }

  #set(blocks: number): void {
    this.#size = Math.max(1, blocks);
    this.#good = 0;
    this.#isGrowing = false;
  }
}
