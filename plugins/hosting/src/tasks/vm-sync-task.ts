import { hasCode } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { incomplete, SYNC_INTERVAL_MS, syncRound } from '../vms/sync-round.js';
import { readRound } from './round.js';
import type { Task } from './task.js';

/** Another process is at it. */
const BUSY_MS = 60_000;

/** Brings up the VMs that should run, at every start and every ten minutes (provisioners.md 3.14). */
export function vmSyncTask(host: Host): Task {
  let hasBegun = false;
  let busyAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'vm-sync',
    intervalMs: async () => SYNC_INTERVAL_MS,
    async dueAt() {
      // The host may have just been started, with all its VMs down: no queue of purchases puts that off.
      if (!hasBegun) return 0;
      const now = host.clock.now();
      const dueAt = (await readRound(host.database, 'vm-sync'))?.dueAt ?? 0;
      if (dueAt > now + SYNC_INTERVAL_MS) return 0;
      return Math.max(dueAt, busyAt <= now ? busyAt + BUSY_MS : now);
    },
    async run(signal) {
      hasBegun = true;
      try {
        const { failed } = await syncRound(host, signal);
        if (failed.length > 0) throw incomplete(failed);
      } catch (error) {
        if (!hasCode(error, 'lock.busy')) throw error;
        busyAt = host.clock.now();
      }
    },
  };
}
