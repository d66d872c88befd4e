import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

/** Environment variable by which the processes of an order are found again after their parent was killed. */
export const ORDER_MARK = 'BLOCKHOST_OPERATION_ID';

const GRACE_MS = 10_000;
const POLL_MS = 20;

/** Ends what an interrupted `create` left running: SIGTERM, 10 s, SIGKILL. Resolves when nothing of it is left. */
export async function endOrderProcesses(operationId: string): Promise<void> {
  const began = Date.now();
  for (let signal: NodeJS.Signals | null = 'SIGTERM'; ; ) {
    const pids = await processesOf(operationId);
    if (pids.length === 0) return;
    if (Date.now() - began > GRACE_MS) signal = 'SIGKILL';
    for (const pid of signal ? pids : []) {
      try {
        process.kill(pid, signal ?? 0);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
      }
    }
    signal = null;
    await delay(POLL_MS);
  }
}

async function processesOf(operationId: string): Promise<number[]> {
  const wanted = `${ORDER_MARK}=${operationId}`;
  const pids = (await readdir('/proc')).filter((name) => /^[0-9]+$/.test(name)).map(Number);
  const marked = await Promise.all(
    pids.map((pid) =>
      readFile(`/proc/${pid}/environ`, 'latin1').then(
        (environ) => environ.split('\0').includes(wanted),
        // Gone, or another user's: not ours.
        () => false,
      ),
    ),
  );
  return pids.filter((_, index) => marked[index]);
}
