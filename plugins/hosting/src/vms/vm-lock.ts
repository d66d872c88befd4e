import path from 'node:path';
import { acquireLock, BlockhostError, hasCode, type Paths } from '@blockhost/kernel';

const WAIT_MS = 30_000;

/**
 * Runs `act` while no other process works on this VM: provisioners leave serialising to their caller (provisioners.md
 * 3.0). Throws `lock.busy` with exit code 4.
 */
export async function withVmLock<T>(
  paths: Pick<Paths, 'run'>,
  name: string,
  purpose: string,
  act: () => Promise<T>,
  signal?: AbortSignal,
): Promise<T> {
  const lock = await acquireLock(path.join(paths.run, 'vm', `${name}.lock`), {
    timeoutMs: WAIT_MS,
    purpose: `${purpose} ${name}`,
    ...(signal && { signal }),
  }).catch((cause: unknown) => {
    if (!hasCode(cause, 'lock.busy')) throw cause;
    throw new BlockhostError('lock.busy', `Another program is working on VM ${name}.`, {
      cause,
      remedy: 'Try again when it is done.',
      exitCode: 4,
    });
  });
  try {
    return await act();
  } finally {
    lock.release();
  }
}
