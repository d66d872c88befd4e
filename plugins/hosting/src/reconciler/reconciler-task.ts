import type { Host } from '../pipeline/host.js';
import type { Task } from '../tasks/task.js';
import { reconcile } from './reconcile.js';
import { readReconcileSettings } from './reconcile-settings.js';
import { readRun } from './run-record.js';

/** The reconciler as a task of the monitor; due at once on a host where it never ran. */
export function reconcilerTask(host: Host): Task {
  const intervalMs = async () => (await readReconcileSettings(host.config)).intervalMs;
  return {
    name: 'reconcile',
    intervalMs,
    async dueAt() {
      const dueAt = (await readRun(host.database))?.dueAt ?? 0;
      return dueAt > host.clock.now() + (await intervalMs()) ? 0 : dueAt;
    },
    async run(signal) {
      await reconcile(host, signal);
    },
  };
}
