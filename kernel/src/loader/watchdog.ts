import { Worker } from 'node:worker_threads';

/** As it is while no plugin runs. */
const exit = process.exit.bind(process);

let thread: Worker | undefined;
let count = 0;

/**
 * Watches from a thread of its own that the main thread is still alive once `ms` have passed: code that blocks it cannot
 * be interrupted from within. A blocked process prints `message` to stderr and ends with {@link BLOCKED_EXIT_CODE}.
 * Answers how to stop watching.
 */
export function watch(ms: number, message: string): () => void {
  thread ??= start();
  const watchdog = thread;
  const id = count++;
  watchdog.postMessage({ id, ms, message });
  return () => watchdog.postMessage({ id });
}

/** EX_SOFTWARE of sysexits.h; no command uses it otherwise. */
export const BLOCKED_EXIT_CODE = 70;

function start(): Worker {
  const worker = new Worker(new URL('./watchdog-thread.js', import.meta.url), {
    execArgv: [],
    env: {},
  });
  worker.on('message', (order: { readonly id: number } | 'end') => {
    if (order === 'end') exit(BLOCKED_EXIT_CODE);
    else worker.postMessage(order);
  });
  worker.on('error', (error) => process.emitWarning(`No watchdog over plugins: ${error.message}`));
  worker.unref();
  return worker;
}
