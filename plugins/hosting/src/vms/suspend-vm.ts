import {
  BlockhostError,
  hasCode,
  type Provisioner,
  type Run,
  type SuspendReason,
  type VmRecord,
  type VmStore,
} from '@blockhost/kernel';

const STOP_MS = 180_000;

/** Steps of {@link suspendVm}, where a crash test may kill it. */
export const suspendSteps = ['stop', 'record'] as const;

/**
 * Takes a VM off and records why (provisioners.md 3.8): asked to shut down, powered off when it does not, and suspended
 * only once it is proven off. Whoever calls holds the VM's lock. Throws `vm.not-stopped`.
 */
export async function suspendVm(
  vm: VmRecord,
  reason: SuspendReason,
  { vms, provisioner }: { readonly vms: VmStore; readonly provisioner: Provisioner },
  run: Run,
): Promise<VmRecord> {
  await run.step('stop', async () => {
    try {
      await provisioner.stop(vm, { timeoutMs: STOP_MS }, run);
    } catch (error) {
      if (!hasCode(error, 'provisioner.still-running')) throw error;
      run.progress(`${vm.name} does not shut down; powering it off`);
      await provisioner.kill(vm, run);
    }
    const power = await provisioner.status(vm);
    if (power.kind !== 'present' || power.value !== 'stopped')
      throw new BlockhostError('vm.not-stopped', `${vm.name} could not be proven stopped.`, {
        facts: { vm: vm.name },
        remedy: 'Look at the provisioner and try again: the VM is not recorded as suspended.',
      });
  });
  return await run.step('record', () => vms.suspend(vm.name, reason));
}
