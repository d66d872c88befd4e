import { BlockhostError, isBlockhostError, sentenceOf } from '../errors/blockhost-error.js';
import type { Logger } from '../ports/logger.js';
import { failpoint } from './failpoint.js';
import { Undo } from './undo.js';

/** What every long action needs: a name, an abort signal, progress, a log, undo and failpoints. */
export interface Run {
  /** Identity of this run, the same after a restart when the caller persisted it. */
  readonly id: string;
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** Tells the person waiting what is going on now. */
  progress(message: string): void;
  /**
   * One named step with failpoints `RUN.STEP:before` and `RUN.STEP:after`. When a later step fails, `undo` is called
   * with what `act` answered, in reverse order of the steps.
   */
  step<T>(name: string, act: () => Promise<T> | T, undo?: (made: T) => unknown): Promise<T>;
}

export interface RunOptions {
  readonly name: string;
  readonly log: Logger;
  readonly id?: string;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

/** Runs `body`; when it fails, reverts its finished steps in reverse order and throws what it threw. */
export async function withRun<T>(options: RunOptions, body: (run: Run) => Promise<T>): Promise<T> {
  const { name, log, id = crypto.randomUUID(), signal = new AbortController().signal } = options;
  const undo = new Undo();
  const run: Run = {
    id,
    signal,
    log,
    progress: (message) => {
      log.info(message, { run: name });
      options.onProgress?.(message);
    },
    async step(step, act, revert) {
      signal.throwIfAborted();
      failpoint(`${name}.${step}:before`);
      const made = await act();
      if (revert) undo.add(step, () => revert(made));
      failpoint(`${name}.${step}:after`);
      return made;
    },
  };
  try {
    return await body(run);
  } catch (error) {
    const left = await undo.revert();
    if (left.length === 0) throw error;
    for (const failure of left)
      log.error('undo failed', { run: name, step: failure.name, error: sentenceOf(failure.cause) });
    throw new BlockhostError(
      isBlockhostError(error) ? error.code : 'run.failed',
      `${sentenceOf(error)} Undo also failed for: ${left.map((failure) => failure.name).join(', ')}.`,
      { cause: error },
    );
  }
}
