import type { ChildProcess } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 50;

/**
 * Ends a child that leads its own process group, and all it started there: SIGTERM, `killAfterMs`, SIGKILL. Resolves when
 * nothing of the group runs, or it was killed.
 */
export async function endGroup(
  child: ChildProcess,
  exited: Promise<unknown>,
  killAfterMs: number,
): Promise<void> {
  const { pid } = child;
  if (pid === undefined) return;
  const deadline = performance.now() + killAfterMs;
  signalGroup(pid, 'SIGTERM');
  while (performance.now() < deadline && (isRunning(child) || (await anyRuns(pid)))) await wait(POLL_MS);
  signalGroup(pid, 'SIGKILL');
  await exited;
}

function signalGroup(leader: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-leader, signal);
  } catch {
    // Nothing of it is left.
  }
}

const isRunning = ({ exitCode, signalCode }: ChildProcess) => exitCode === null && signalCode === null;

/**
 * Whether a process of the group still runs. A signal would also find zombies, which stay as long as whoever should
 * collect them does not (`proc_pid_stat(5)`: after the name come state, parent and group).
 */
async function anyRuns(group: number): Promise<boolean> {
  for (const pid of await readdir('/proc')) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(join('/proc', pid, 'stat'), 'utf8').catch(() => '');
    const [state = '', , member] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (Number(member) === group && !'ZX'.includes(state)) return true;
  }
  return false;
}
