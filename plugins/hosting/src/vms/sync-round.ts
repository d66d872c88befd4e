import { BlockhostError } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { alone, counts, recordRound } from '../tasks/round.js';
import { type SyncOrder, type SyncResult, syncVms } from './sync-vms.js';

/** From the end of a round to the next (provisioners.md 3.14). */
export const SYNC_INTERVAL_MS = 600_000;
/** The same after one that failed: a hypervisor may still be starting. */
const RETRY_MS = 60_000;

/**
 * {@link syncVms} for all processes of this host, one at a time; what a whole round did is recorded. Throws `lock.busy` too.
 */
export function syncRound(
  host: Pick<Host, 'vms' | 'provisioner' | 'clock' | 'paths' | 'log' | 'database'>,
  order: Omit<SyncOrder, 'dryRun'>,
): Promise<SyncResult> {
  const { database, clock } = host;
  return alone('vm-sync', host, order.signal, async () => {
    try {
      const result = await syncVms(host, { ...order, dryRun: false });
      if (result.isPaused) return result;
      const { started, limited, orphans, missing, failed } = result;
      await recordRound(database, 'vm-sync', {
        dueAt: clock.now() + SYNC_INTERVAL_MS,
        finishedAt: clock.now(),
        did: counts({
          started,
          'limited again': limited,
          'without a record': orphans,
          'without a machine': missing,
          failed,
        }),
        alarm: null,
      });
      return result;
    } catch (error) {
      if (!order.signal.aborted) await recordRound(database, 'vm-sync', { dueAt: clock.now() + RETRY_MS });
      throw error;
    }
  });
}

export function incomplete(failed: SyncResult['failed']): BlockhostError {
  return new BlockhostError('vm.sync-incomplete', `${failed.length} VMs could not be brought up.`, {
    facts: Object.fromEntries(failed.map(({ vm, reason }) => [vm, reason])),
    remedy: 'Look at the provisioner and run `blockhost vm sync`.',
  });
}
