import { hasCode } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { hasDueEntry } from '../pipeline/queue.js';
import { incomplete, SYNC_INTERVAL_MS, syncRound } from '../vms/sync-round.js';
import { readRound } from './round.js';
import type { Task } from './task.js';

/** Another process is at it. */
const BUSY_MS = 60_000;

/**
 * Brings up the VMs that should run, at every start and every ten minutes (provisioners.md 3.14). Machines take their time to
 * boot: while an entry waits the round gives way between two of them, and goes on afterwards.
 */
export function vmSyncTask(host: Host): Task {
  /** A round at the start, or one that gave way. */
  let isOwed = true;
  const seen = new Set<string>();
  let busyAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'vm-sync',
    intervalMs: async () => SYNC_INTERVAL_MS,
    async dueAt() {
      // The host may have just been started, with all its VMs down: no queue of purchases puts that off.
      if (isOwed) return 0;
      const now = host.clock.now();
      const dueAt = (await readRound(host.database, 'vm-sync'))?.dueAt ?? 0;
      if (dueAt > now + SYNC_INTERVAL_MS) return 0;
      return Math.max(dueAt, busyAt <= now ? busyAt + BUSY_MS : now);
    },
    async run(signal) {
      isOwed = false;
      try {
        const pause = () => hasDueEntry(host.database, host.clock.now());
        const { failed, isPaused } = await syncRound(host, { signal, pause, seen });
        isOwed = isPaused;
        if (!isPaused) seen.clear();
        if (failed.length > 0) throw incomplete(failed);
      } catch (error) {
        if (!hasCode(error, 'lock.busy')) throw error;
        busyAt = host.clock.now();
      }
    },
  };
}
