/**
 * Looks at the blocks of the chain beside the scan for purchases, in order and without gaps: administrator's commands.
 *
 * It has a durable height of its own, so that its trouble delays no purchase. After a crash, a failure or a
 * reorganisation it is shown the same blocks again: what it does must be safe to do twice.
 */
export interface RangeWatcher {
  /** For the log: `admin-commands`. */
  readonly name: string;
  /**
   * Called once before the first look, with the log and configuration in place; closes what an earlier process left open.
   * Answers its mode for the start log: `off`, `self`, …; `off` means that `look` is never called.
   */
  start(signal: AbortSignal): Promise<string>;
  /**
   * Blocks `from`…`to` (inclusive) have their confirmations and their purchases are stored. Throws `chain.unreachable`
   * and `chain.range-too-large`, after which the same blocks, or fewer, are shown again; any other failure is logged and
   * the blocks count as seen.
   */
  look(from: number, to: number, signal: AbortSignal): Promise<void>;
  /** Closes what is open, within 10 s. Called once, also when `start` failed. */
  stop(): Promise<void>;
}
