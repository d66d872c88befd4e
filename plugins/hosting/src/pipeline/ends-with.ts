import { setTimeout as wait } from 'node:timers/promises';
import { BlockhostError } from '@blockhost/kernel';

/** Time to undo what was begun once the signal says stop. */
const GRACE_MS = 15_000;

/**
 * What `work` answers. Work that goes on in spite of its signal is left behind and becomes `pipeline.stuck`: a plugin that
 * never answers must not stop the business. Locks it holds stay held, so that nobody does the same beside it.
 */
export async function endsWith<T>(signal: AbortSignal, work: Promise<T>, graceMs = GRACE_MS): Promise<T> {
  const over = new AbortController();
  try {
    return await Promise.race([work, stuckAfter(signal, graceMs, over.signal)]);
  } finally {
    over.abort();
  }
}

async function stuckAfter(signal: AbortSignal, graceMs: number, over: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true, signal: over });
  });
  await wait(graceMs, undefined, { signal: over });
  throw new BlockhostError('pipeline.stuck', 'The step goes on although its time is over.', {
    remedy: 'Look at what the provisioner or the chain is doing; restart the monitor if it never ends.',
  });
}
