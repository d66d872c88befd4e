import { hasCode } from '@blockhost/kernel';
import { garbageRound, graceMs, incomplete, nextNight } from '../garbage/garbage-round.js';
import type { Host } from '../pipeline/host.js';
import { hasDueEntry } from '../pipeline/queue.js';
import { readRound, recordRound } from './round.js';
import type { Task } from './task.js';

const HOUR_MS = 3_600_000;
/** No night is further away, however the clocks are changed. */
const LONGEST_MS = 27 * HOUR_MS;
/** Another process is at it. */
const BUSY_MS = 60_000;

/**
 * Collects garbage every night in earnest (provisioners.md 3.8); a night that was missed is made up for. What customers paid
 * for goes first: while an entry waits the round stops between two VMs, and goes on afterwards.
 */
export function vmGcTask(host: Host): Task {
  const { database, clock } = host;
  let busyAt = Number.NEGATIVE_INFINITY;
  return {
    name: 'vm-gc',
    // It is due once a night. An entry that waits puts it off by two of these: what it frees may be what that waits for.
    intervalMs: async () => HOUR_MS,
    async dueAt() {
      const now = clock.now();
      const round = await readRound(database, 'vm-gc');
      if (round && round.dueAt <= now + LONGEST_MS)
        return Math.max(round.dueAt, busyAt <= now ? busyAt + BUSY_MS : now);
      const dueAt = nextNight(now);
      await recordRound(database, 'vm-gc', { dueAt });
      return dueAt;
    },
    async run(signal) {
      try {
        const { failed } = await garbageRound(host, {
          graceMs: await graceMs(host.config),
          phases: ['suspend', 'destroy'],
          signal,
          pause: () => hasDueEntry(database, clock.now()),
        });
        if (failed.length > 0) throw incomplete(failed);
      } catch (error) {
        if (!hasCode(error, 'lock.busy')) throw error;
        busyAt = clock.now();
      }
    },
  };
}
