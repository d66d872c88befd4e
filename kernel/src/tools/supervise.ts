import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as wait } from 'node:timers/promises';
import { SUPERVISOR_FD } from '../daemon/parent-gone.js';

export interface SupervisedChild {
  readonly name: string;
  readonly argv: readonly [string, ...string[]];
}

export interface Supervision {
  readonly children: readonly SupervisedChild[];
  /** Environment of every child. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Aborted when all shall stop. */
  readonly signal: AbortSignal;
  /** Takes each line of output of a child, and what the supervisor has to say about it. */
  readonly onLine: (name: string, line: string) => void;
}

const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 30_000;
/** Above the time that a daemon has to stop: what is still there then hangs. */
const STOP_WITHIN_MS = 25_000;
/** Who ran this long has recovered: its next crash counts as the first. */
const RECOVERED_MS = 60_000;

/**
 * Runs children until the signal aborts or all ended with exit code 0; who crashes is started again, later each time.
 *
 * Children lead process groups of their own, so that a terminal's Ctrl-C reaches only the supervisor, which then stops
 * them. Each has a pipe whose end tells it that the supervisor is gone (`parentGone`).
 */
export async function supervise(supervision: Supervision): Promise<void> {
  await Promise.all(supervision.children.map((child) => keepRunning(child, supervision)));
}

async function keepRunning(child: SupervisedChild, supervision: Supervision): Promise<void> {
  const { signal, onLine } = supervision;
  for (let pause = SHORTEST_PAUSE_MS; !signal.aborted; pause = Math.min(2 * pause, LONGEST_PAUSE_MS)) {
    const startedAt = performance.now();
    const how = await runOnce(child, supervision);
    if (signal.aborted) return;
    if (how === 'code 0') return onLine(child.name, 'ended');
    if (performance.now() - startedAt > RECOVERED_MS) pause = SHORTEST_PAUSE_MS;
    onLine(child.name, `ended with ${how}; starts again in ${(pause / 1_000).toFixed(1)} s`);
    await wait(pause, undefined, { signal }).catch(() => {});
  }
}

/** Runs the child once and tells how it ended. */
async function runOnce(
  { name, argv: [program, ...args] }: SupervisedChild,
  supervision: Supervision,
): Promise<string> {
  const { signal, onLine, env } = supervision;
  const child = spawn(program, args, {
    env: { ...env, [SUPERVISOR_FD]: '3' },
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
  });
  const lifeline = child.stdio[3];
  lifeline?.on('error', () => {});
  const ended = end(child);
  const output = Promise.all([lines(child.stdout, name, onLine), lines(child.stderr, name, onLine)]);
  let killing: NodeJS.Timeout | undefined;
  const onAbort = () => {
    child.kill('SIGTERM');
    killing = setTimeout(() => killGroup(child), STOP_WITHIN_MS);
  };
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  try {
    const how = await ended;
    // What it left behind may hold its output open.
    await Promise.race([output, wait(1_000, undefined, { ref: false })]);
    return how;
  } finally {
    signal.removeEventListener('abort', onAbort);
    clearTimeout(killing);
    lifeline?.destroy();
  }
}

function end(child: ChildProcess): Promise<string> {
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(signal ? `signal ${signal}` : `code ${code}`));
  });
}

function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // Nothing of it is left.
  }
}

async function lines(stream: Readable | null, name: string, onLine: Supervision['onLine']): Promise<void> {
  if (!stream) return;
  for await (const line of createInterface({ input: stream })) onLine(name, line);
}
