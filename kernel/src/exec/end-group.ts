import type { ChildProcess } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';

const POLL_MS = 20;

/**
 * Ends a child that leads its own process group, and all it started there: SIGTERM, `killAfterMs`, SIGKILL. Resolves when
 * the group is gone or was killed.
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
  while (performance.now() < deadline) {
    if (!signalGroup(pid, 0)) break;
    await wait(POLL_MS);
  }
  signalGroup(pid, 'SIGKILL');
  await exited;
}

/** False when the group has no process left. */
function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}
