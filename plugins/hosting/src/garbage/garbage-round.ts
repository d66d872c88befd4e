import { BlockhostError, type HostConfig } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import type { Host } from '../pipeline/host.js';
import { alone, counts, recordRound } from '../tasks/round.js';
import { collectGarbage, type GarbageOrder, type GarbageResult } from './collect-garbage.js';

const DAY = 86_400_000;
const HALF_HOUR = 1_800_000;
/** Unless `gc_grace_days` of db.yaml says otherwise. */
export const GRACE_DAYS = 7;
/** After a round that broke off. */
const RETRY_MS = 600_000;

/** Time from the suspension of a VM to its end. */
export async function graceMs(config: HostConfig): Promise<number> {
  return ((await config.find(DB_YAML))?.gc_grace_days ?? GRACE_DAYS) * DAY;
}

/** The next 02:00 by the clock on the wall, and up to half an hour, so that hosts do not ask their chain in step. */
export function nextNight(now: number, random: () => number = Math.random): number {
  const night = new Date(now);
  for (let day = 0; night.getTime() <= now || day === 0; day += 1) {
    night.setDate(night.getDate() + Math.min(day, 1));
    night.setHours(2, 0, 0, 0);
  }
  return night.getTime() + Math.floor(random() * HALF_HOUR);
}

/**
 * {@link collectGarbage} in earnest for all processes of this host, one at a time, and what it did is recorded. A round that
 * looked at everything puts the next one off to the next night. Throws `lock.busy` too.
 */
export function garbageRound(host: Host, order: Omit<GarbageOrder, 'dryRun'>): Promise<GarbageResult> {
  const { database, clock } = host;
  return alone('vm-gc', host, order.signal, async () => {
    try {
      const result = await collectGarbage(host, { ...order, dryRun: false });
      if (!result.isPaused && order.phases.length === 2)
        await recordRound(database, 'vm-gc', {
          dueAt: nextNight(clock.now()),
          finishedAt: clock.now(),
          did: didOf(result),
          alarm: result.doubt && `No VM is destroyed: ${result.doubt}.`,
        });
      return result;
    } catch (error) {
      if (!order.signal.aborted) await recordRound(database, 'vm-gc', { dueAt: clock.now() + RETRY_MS });
      throw error;
    }
  });
}

function didOf({ suspended, destroyed, left, failed, orphans }: GarbageResult): string {
  return counts({
    suspended,
    destroyed,
    'orphans removed': orphans.filter((orphan) => orphan.left === null),
    left: [...left, ...orphans.filter((orphan) => orphan.left !== null && !orphan.failure)],
    failed,
  });
}

export function incomplete(failed: GarbageResult['failed']): BlockhostError {
  return new BlockhostError('garbage.incomplete', `${failed.length} of the VMs that are due failed.`, {
    facts: Object.fromEntries(failed.map(({ vm, reason }) => [vm, reason])),
    remedy: 'Look at the provisioner and run this again: whatever was done stays done.',
  });
}
