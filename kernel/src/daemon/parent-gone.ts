/**
 * A signal that aborts when the supervisor that started this process over an IPC channel is gone, however it died: the
 * operating system closes the channel. Without such a supervisor it never aborts.
 *
 * A process whose work does not stop is ended `lastMs` after its parent.
 */
export function parentGone(lastMs: number): AbortSignal {
  const controller = new AbortController();
  if (process.send === undefined) return controller.signal;
  process.once('disconnect', () => {
    // Whoever read our output is gone with it.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
    controller.abort(new Error('the supervisor is gone'));
    setTimeout(() => process.exit(1), lastMs).unref();
  });
  return controller.signal;
}
