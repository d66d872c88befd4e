/**
 * Aborts when the supervisor that started this process over an IPC channel is gone, however it died: the operating system
 * closes the channel. Without such a supervisor nothing happens.
 *
 * A process that hangs cannot stop itself gracefully: `lastMs` after the parent's end it is ended at once.
 */
export function abortWithParent(controller: AbortController, lastMs: number): void {
  if (process.send === undefined) return;
  process.once('disconnect', () => {
    // Whoever read our output is gone with it.
    process.stdout.on('error', () => {});
    process.stderr.on('error', () => {});
    controller.abort(new Error('the supervisor is gone'));
    setTimeout(() => process.exit(1), lastMs).unref();
  });
}
