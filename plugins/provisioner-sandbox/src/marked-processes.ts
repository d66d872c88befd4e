import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { processStat } from './process-identity.js';

/** Environment variable that every process of a VM inherits; its value is the VM's `backendRef`, never used twice. */
export const MARK = 'BLOCKHOST_SANDBOX_VM';

/** Pids of the living processes that carry the mark of this VM, however they were started and whoever adopted them. */
export async function markedProcesses(backendRef: string): Promise<number[]> {
  const wanted = `${MARK}=${backendRef}`;
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name)).map(Number);
  const marked = await Promise.all(pids.map(async (pid) => (await environment(pid)).includes(wanted)));
  return pids.filter((pid, index) => marked[index] && processStat(pid) !== null);
}

/**
 * Kills the processes of a VM until none is left, `except` one. Resolves only when two looks in a row found nothing: a
 * process in the middle of exec(2) shows no environment. Answers what survived `timeoutMs`, normally nothing.
 */
export async function killMarked(
  backendRef: string,
  { timeoutMs, except }: { readonly timeoutMs: number; readonly except?: number },
): Promise<number[]> {
  const deadline = Date.now() + timeoutMs;
  for (let quiet = 0; ; ) {
    const left = (await markedProcesses(backendRef)).filter((pid) => pid !== except);
    quiet = left.length === 0 ? quiet + 1 : 0;
    if (quiet === 2 || Date.now() > deadline) return left;
    for (const pid of left) kill(pid);
    await delay(5);
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Processes of other users are not readable and never ours. */
async function environment(pid: number): Promise<string[]> {
  try {
    return (await readFile(`/proc/${pid}/environ`, 'latin1')).split('\0');
  } catch {
    return [];
  }
}
