import { Worker } from 'node:worker_threads';

/** Names the descriptor whose other end only the supervisor holds: the operating system closes it, however that dies. */
export const SUPERVISOR_FD = 'BLOCKHOST_SUPERVISOR_FD';

/**
 * A signal that aborts when the supervisor that started this process (`supervise`) is gone. Without one it never aborts.
 *
 * A thread of its own watches, so that a process that blocks, or does not stop within 5 s, is killed with its group.
 */
export function parentGone(): AbortSignal {
  const controller = new AbortController();
  const fd = process.env[SUPERVISOR_FD];
  // Not for children of this process.
  delete process.env[SUPERVISOR_FD];
  if (fd === undefined) return controller.signal;
  const thread = new Worker(new URL('./parent-gone-thread.js', import.meta.url), {
    execArgv: [],
    env: {},
    workerData: Number(fd),
  });
  thread.once('message', () => {
    // Whoever read our output is gone with it.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
    controller.abort(new Error('the supervisor is gone'));
  });
  thread.unref();
  return controller.signal;
}
