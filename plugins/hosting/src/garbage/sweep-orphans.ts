import { sentenceOf, withRun } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { abandonVm } from '../vms/provision-vm.js';
import { withVmLock } from '../vms/vm-lock.js';
import { findOrphans, type Orphan } from './find-orphans.js';
import { paidTime } from './paid-until.js';
import { MOST_DESTROYED } from './plan-garbage.js';

export interface SweptOrphan extends Pick<Orphan, 'kind' | 'subject' | 'sentence'> {
  /** Why it was left; null when it is gone, or would be. */
  readonly left: string | null;
  /** What went wrong when it was to go. */
  readonly failure?: string;
}

export interface SweepOrder {
  readonly graceMs: number;
  readonly dryRun: boolean;
  /** Why the clock cannot be trusted: nothing goes. */
  readonly doubt: string | null;
  readonly signal: AbortSignal;
}

/** Places where a crash test may kill a sweep. */
export const sweepSteps = ['destroy-machine', 'abandon-order', 'release-quarantine'] as const;

/**
 * Removes what has been an orphan for an hour, each under the lock of its name and after another look. A database put
 * back from a backup makes orphans of paid VMs: a machine named like one of a subscription goes only when the chain
 * says that nobody pays for it.
 */
export async function sweepOrphans(host: Host, order: SweepOrder): Promise<readonly SweptOrphan[]> {
  const swept: SweptOrphan[] = [];
  let machines = 0;
  for (const orphan of await findOrphans(host)) {
    order.signal.throwIfAborted();
    const { kind, subject, sentence } = orphan;
    try {
      let left = await reasonToLeave(orphan, host, order);
      if (left === null && kind === 'machine') {
        machines += 1;
        if (machines > MOST_DESTROYED) left = `no run destroys more than ${MOST_DESTROYED}`;
      }
      if (left === null && !order.dryRun) left = await remove(orphan, host, order);
      swept.push({ kind, subject, sentence, left });
    } catch (error) {
      order.signal.throwIfAborted();
      const failure = sentenceOf(error);
      host.log.error('an orphan could not be removed', { vm: subject, kind, reason: failure });
      swept.push({ kind, subject, sentence, left: failure, failure });
    }
  }
  return swept;
}

async function reasonToLeave(orphan: Orphan, host: Host, order: SweepOrder): Promise<string | null> {
  if (order.doubt !== null) return order.doubt;
  if (!orphan.isOld) return 'seen for less than an hour';
  if (orphan.kind !== 'machine') return null;
  // Any plan: what it was sold as is as lost as its record.
  const paid = await paidTime({ name: orphan.subject, planId: '' }, host.chain);
  if (paid.kind === 'unknown') return paid.reason;
  const isPaid = paid.kind === 'until' && paid.ms + order.graceMs > host.clock.now();
  return isPaid ? 'the chain says it is paid for' : null;
}

/** Answers why it was left after all, or null. */
function remove(orphan: Orphan, host: Host, { signal }: SweepOrder): Promise<string | null> {
  const { vms, provisioner, paths, log } = host;
  const act = () =>
    withRun({ name: 'sweep', log, signal }, async (run): Promise<string | null> => {
      const again = (await findOrphans(host)).some(
        ({ kind, subject }) => kind === orphan.kind && subject === orphan.subject,
      );
      if (!again) return 'it has an owner again';
      switch (orphan.kind) {
        case 'machine':
          await run.step('destroy-machine', () => provisioner.destroy(orphan.ref, run));
          return null;
        case 'order': {
          const order = { name: orphan.subject, operationId: orphan.operationId };
          await run.step('abandon-order', () => abandonVm(order, host, null));
          return null;
        }
        case 'quarantine': {
          const power = await provisioner.status({ name: orphan.subject, backendRef: null });
          if (power.kind !== 'absent') return 'the provisioner does not prove that its VM is gone';
          await run.step('release-quarantine', () => vms.releaseQuarantine(orphan.subject));
          return null;
        }
      }
    });
  return withVmLock(paths, orphan.subject, 'removing what is left of', act, signal);
}
