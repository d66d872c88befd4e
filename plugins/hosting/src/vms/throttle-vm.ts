import {
  BlockhostError,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  sentenceOf,
  supports,
  type VmLimits,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';
import { LIMITS, limitNames } from './vm-limits.js';

/** Steps of {@link throttleVm}, where a crash test may kill it. */
export const throttleSteps = ['record-limits', 'limit'] as const;

interface Machines {
  readonly vms: VmStore;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
}

/**
 * Records limits of a running VM and puts each in force (provisioners.md 3.10); `told` hears of every one that is. What is
 * recorded first is in force again after each start, however this ends. Whoever calls holds the VM's lock. Throws
 * `vm.not-running` with exit code 5, and `vm.throttle-incomplete` naming the limits that failed. With `holder`, see
 * `VmStore.setLimits`.
 */
export async function throttleVm(
  vm: VmRecord,
  limits: VmLimits,
  { vms, provisioner }: Machines,
  run: Run,
  told: (limit: VmLimits) => void,
  holder?: string,
): Promise<VmRecord> {
  if (!(await isRunning(vm, provisioner)))
    throw new BlockhostError('vm.not-running', `${vm.name} does not run, as far as can be told.`, {
      remedy: `Start it with \`blockhost vm start ${vm.name}\`.`,
      exitCode: 5,
    });
  const recorded = await run.step('record-limits', () => vms.setLimits(vm.name, limits, holder));
  await enforce(recorded, Object.keys(limits) as (keyof VmLimits)[], provisioner, run, told);
  return recorded;
}

/**
 * Takes back limits that `holder` set; what is off has none in force. Throws `vm.throttle-incomplete`, and may be repeated
 * then: what is recorded is put in force again.
 */
export async function releaseVm(
  vm: VmRecord,
  limits: readonly (keyof VmLimits)[],
  holder: string,
  { vms, provisioner }: Machines,
  run: Run,
): Promise<VmRecord> {
  const recorded = await run.step('record-limits', () => vms.releaseLimits(vm.name, limits, holder));
  const isInForce = supports(provisioner, 'throttle') && (await isRunning(vm, provisioner));
  if (isInForce) await enforce(recorded, limits, provisioner, run, () => {});
  return recorded;
}

async function isRunning(vm: VmRecord, provisioner: Provisioner): Promise<boolean> {
  const power = await provisioner.status(vm);
  return power.kind === 'present' && power.value === 'running';
}

/** Puts what the record says of these limits in force. */
async function enforce(
  vm: VmRecord,
  limits: readonly (keyof VmLimits)[],
  provisioner: Partial<ProvisionerCapabilities>,
  run: Run,
  told: (limit: VmLimits) => void,
): Promise<void> {
  const failed: Record<string, string> = {};
  for (const name of limitNames.filter((each) => limits.includes(each))) {
    const limit = { [name]: vm.limits[name] ?? null };
    try {
      await run.step('limit', () => provisioner.throttle?.(vm, limit));
      told(limit);
    } catch (error) {
      run.signal.throwIfAborted();
      failed[LIMITS[name].flag] = sentenceOf(error);
    }
  }
  if (Object.keys(failed).length === 0) return;
  throw new BlockhostError('vm.throttle-incomplete', 'Not every limit is in force.', {
    facts: failed,
    remedy: 'All are recorded: `blockhost vm sync` tries again, and so does the next start.',
  });
}
