import { failpoint, hasCode } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { ChunkSize } from './chunk-size.js';
import type { CursorStore } from './cursor.js';
import type { RangeWatcher } from './range-watcher.js';
import { shortReason } from './short-reason.js';

/** Places where a crash test may kill the monitor while it shows blocks to the watchers. */
export const watchFailpoints = ['look', 'record'].flatMap((step) => [
  `watch.${step}:before`,
  `watch.${step}:after`,
]);

/** Shows the watchers every block that the scanner has passed, in order, from a durable height of its own. */
export class RangeWatch {
  readonly #chunk: ChunkSize;
  #active: readonly RangeWatcher[] = [];
  #started: readonly RangeWatcher[] = [];

  constructor(
    private readonly host: Pick<Host, 'log'>,
    private readonly scanner: { readonly cursors: CursorStore; readonly rewinds: number },
    private readonly watchers: readonly RangeWatcher[],
    options: { readonly largestChunk?: number } = {},
  ) {
    this.#chunk = new ChunkSize(options.largestChunk);
  }

  /** Starts every watcher; answers their modes. One that cannot start does not watch, and nothing else suffers. */
  async start(signal: AbortSignal): Promise<Readonly<Record<string, string>>> {
    const modes: Record<string, string> = {};
    this.#started = this.watchers;
    for (const watcher of this.watchers)
      modes[watcher.name] = await watcher.start(signal).catch((error: unknown) => {
        this.host.log.error('a watcher of blocks cannot start', {
          watcher: watcher.name,
          reason: shortReason(error),
        });
        return 'off';
      });
    this.#active = this.watchers.filter(({ name }) => modes[name] !== 'off');
    return modes;
  }

  /**
   * Shows what is new. Blocks from before somebody watched are history and not shown. Throws `chain.unreachable`, and
   * `chain.range-too-large` when one block is already too much.
   */
  async tick(signal: AbortSignal): Promise<void> {
    const { cursors } = this.scanner;
    const cursor = await cursors.read();
    if (cursor === null) return;
    let watched = await cursors.watched();
    if (this.#active.length === 0) {
      if (watched !== null) await cursors.watch(watched, null);
      return;
    }
    if (watched === null) {
      await cursors.watch(null, cursor.height);
      return;
    }
    const { rewinds } = this.scanner;
    while (watched < cursor.height) {
      signal.throwIfAborted();
      const to = Math.min(watched + this.#chunk.blocks, cursor.height);
      failpoint('watch.look:before');
      const isSeen = await this.#look(watched + 1, to, signal);
      failpoint('watch.look:after');
      if (!isSeen) continue;
      // The chain took blocks back meanwhile: the next tick shows the new ones.
      if (this.scanner.rewinds !== rewinds) return;
      failpoint('watch.record:before');
      if (!(await cursors.watch(watched, to))) return;
      failpoint('watch.record:after');
      watched = to;
    }
  }

  /** False when the span was too large. */
  async #look(from: number, to: number, signal: AbortSignal): Promise<boolean> {
    for (const watcher of this.#active)
      try {
        await watcher.look(from, to, signal);
      } catch (error) {
        if (signal.aborted || hasCode(error, 'chain.unreachable')) throw error;
        if (hasCode(error, 'chain.range-too-large')) {
          if (this.#chunk.refused()) return false;
          throw error;
        }
        this.host.log.error('a watcher failed on blocks, which count as seen', {
          watcher: watcher.name,
          from,
          to,
          reason: shortReason(error),
        });
      }
    this.#chunk.succeeded(to - from + 1, 0);
    return true;
  }

  /** Stops every watcher at once; one that fails to is logged. */
  async stop(): Promise<void> {
    await Promise.all(
      this.#started.map((watcher) =>
        watcher.stop().catch((error: unknown) =>
          this.host.log.error('a watcher of blocks did not stop cleanly', {
            watcher: watcher.name,
            reason: shortReason(error),
          }),
        ),
      ),
    );
  }
}
