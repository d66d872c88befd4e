import { spawn } from 'node:child_process';
import { BlockhostError } from '@blockhost/kernel';

const WAIT_S = 30;

/**
 * Runs `act` while nobody else holds flock(2) on `file`, which is made when missing and never removed: the lock of
 * `vms.json`, honoured by programs of other languages (provisioners.md 4.6). Node has no flock; util-linux holds it in a
 * child that ends with its standard input, and so with this process. Throws `state.locked` after 30 s.
 */
export async function withFlock<T>(file: string, act: () => Promise<T>): Promise<T> {
  const holder = spawn('flock', ['-x', '-w', String(WAIT_S), file, 'cat'], {
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => {
    holder.once('close', () => resolve());
    holder.once('error', () => resolve());
  });
  holder.stdin.on('error', () => {});
  try {
    const held = new Promise<boolean>((resolve) => {
      holder.stdout.once('data', () => resolve(true));
      void ended.then(() => resolve(false));
    });
    // What comes back was read by a program that runs only once the lock is held.
    holder.stdin.write('\n');
    if (!(await held))
      throw new BlockhostError('state.locked', `${file} is locked by another program, or cannot be locked.`, {
        remedy: `Find its holder with \`fuser ${file}\`; util-linux must be installed.`,
      });
    return await act();
  } finally {
    holder.stdin.end();
    await ended;
  }
}
