import {
  BlockhostError,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  sentenceOf,
  type VmLimits,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import { LIMITS, limitNames } from './vm-limits.js';

/** Steps of {@link throttleVm}, where a crash test may kill it. */
export const throttleSteps = ['record-limits', 'limit'] as const;

/**
 * Records limits of a running VM and puts each in force (provisioners.md 3.10); `told` hears of every one that is. What is
 * recorded first is in force again after each start, however this ends. Whoever calls holds the VM's lock. Throws
 * `vm.not-running` with exit code 5, and `vm.throttle-incomplete` naming the limits that failed.
 */
export async function throttleVm(
  vm: VmRecord,
  limits: VmLimits,
  {
    vms,
    provisioner,
  }: {
    readonly vms: VmStore;
    readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  },
  run: Run,
  told: (limit: VmLimits) => void,
): Promise<VmRecord> {
  const power = await provisioner.status(vm);
  if (power.kind !== 'present' || power.value !== 'running')
    throw new BlockhostError('vm.not-running', `${vm.name} does not run, as far as can be told.`, {
      remedy: `Start it with \`blockhost vm start ${vm.name}\`.`,
      exitCode: 5,
    });
  const recorded = await run.step('record-limits', () => vms.setLimits(vm.name, limits));
  const failed: Record<string, string> = {};
  for (const name of limitNames) {
    const value = limits[name];
    if (value === undefined) continue;
    try {
      await run.step('limit', () => provisioner.throttle?.(vm, { [name]: value }));
      told({ [name]: value });
    } catch (error) {
      run.signal.throwIfAborted();
      failed[LIMITS[name].flag] = sentenceOf(error);
    }
  }
  if (Object.keys(failed).length === 0) return recorded;
  throw new BlockhostError('vm.throttle-incomplete', 'Not every limit is in force.', {
    facts: failed,
    remedy: 'All are recorded: `blockhost vm sync` tries again, and so does the next start.',
  });
}
