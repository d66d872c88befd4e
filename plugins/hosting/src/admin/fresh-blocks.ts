import type { ChainEngine, Clock } from '@blockhost/kernel';
import { reached } from './reached.js';

/** Up to here it costs less to read the blocks than to ask which of them are worth it. */
const SHORT = 32;

/**
 * Skips blocks so old that nothing in them can still be fresh: on a chain that was not read for long, nearly all. The first
 * that may be fresh is looked for from the head backwards, in strides that double and then halve, and remembered.
 */
export class FreshBlocks {
  #from = 0;
  #seen = -1;

  constructor(
    private readonly chain: Pick<ChainEngine, 'blocks' | 'chain'>,
    private readonly clock: Clock,
  ) {}

  /**
   * The first of the blocks `from`…`to` that may be younger than `seconds`; null when none is. It may be some blocks too
   * early, never too late. Throws `chain.unreachable`.
   */
  async firstOf(from: number, to: number, seconds: number, signal: AbortSignal): Promise<number | null> {
    // Shown again after a reorganisation: other blocks, with other times.
    if (from <= this.#seen) this.#from = 0;
    this.#seen = to;
    if (to < this.#from) return null;
    if (from >= this.#from && to - from >= SHORT) this.#from = await this.#search(from, seconds, signal);
    return to < this.#from ? null : Math.max(from, this.#from);
  }

  async #search(from: number, seconds: number, signal: AbortSignal): Promise<number> {
    const oldest = this.clock.now() / 1_000 - seconds;
    const { head, at } = this.chain.blocks;
    const isStale = async (height: number) =>
      reached(await at(height, signal), `block ${height}`).timestamp < oldest;

    let fresh = reached(await head(signal), 'the head of the chain').height;
    let stride = Math.max(SHORT, Math.ceil((seconds * 1_000) / this.chain.chain.blockTimeMs));
    let stale = from - 1;
    for (; fresh - stride > stale; stride *= 2)
      if (await isStale(fresh - stride)) stale = fresh - stride;
      else fresh -= stride;
    while (fresh - stale > SHORT) {
      const middle = Math.floor((fresh + stale) / 2);
      if (await isStale(middle)) stale = middle;
      else fresh = middle;
    }
    return stale + 1;
  }
}
