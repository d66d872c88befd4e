// Runs in a worker thread: see watchdog.ts.
import { writeSync } from 'node:fs';
import { parentPort } from 'node:worker_threads';

/** How long a main thread that is merely busy may take to answer. */
const ANSWER_MS = 1_000;
/** How long the interrupted main thread may take to end; then a signal ends it. */
const END_MS = 10_000;

/** Marks the process as ending, so that no deadline lets it go on (see phase.ts), and answers where it stands. */
const MARK_AND_STACK = `globalThis[Symbol.for('blockhost.blocked')] = true, new Error().stack`;

interface Watch {
  readonly id: number;
  readonly ms: number;
  readonly message: string;
}

const timers = new Map<number, NodeJS.Timeout>();

parentPort?.on('message', (order: Watch | { id: number }) => {
  clearTimeout(timers.get(order.id));
  timers.delete(order.id);
  if ('ms' in order) timers.set(order.id, setTimeout(probe, order.ms, order));
});

function probe({ id, message }: Watch): void {
  parentPort?.postMessage({ id });
  timers.set(id, setTimeout(endProcess, ANSWER_MS, message));
}

/** Interrupts the main thread through the inspector, so that it can end itself and its exit handlers still run. */
async function endProcess(message: string): Promise<void> {
  writeSync(2, `${message}\n`);
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), END_MS);
  const { Session } = await import('node:inspector/promises');
  const session = new Session();
  session.connectToMainThread();
  const { result } = await session.post('Runtime.evaluate', { expression: MARK_AND_STACK });
  const place = /\(?(file:[^\n)]+)/.exec(String(result.value))?.[1];
  if (place) writeSync(2, `It stands at ${place}\n`);
  session.post('Runtime.terminateExecution').catch(() => {});
  session.disconnect();
  parentPort?.postMessage('end');
}
