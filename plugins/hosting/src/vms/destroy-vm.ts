import { hasCode, type Provisioner, type Run, type VmRecord, type VmStore } from '@blockhost/kernel';

/** Steps of {@link destroyVm}, where a crash test may kill it. */
export const destroySteps = ['mark-pending', 'destroy', 'mark-destroyed'] as const;

/**
 * Ends a VM: recorded as begun, removed, and recorded as destroyed with its addresses free once the provisioner has
 * proven that nothing is left (provisioners.md 3.2). Nothing powers on what is begun; a hypervisor that did not answer has
 * begun nothing. Whoever calls holds the VM's lock. Run again it ends as if it had run once.
 */
export async function destroyVm(
  vm: VmRecord,
  { vms, provisioner }: { readonly vms: VmStore; readonly provisioner: Provisioner },
  run: Run,
): Promise<void> {
  await run.step('mark-pending', () => vms.setDestroyPending(vm.name, true));
  await run.step('destroy', async () => {
    try {
      await provisioner.destroy(vm, run);
    } catch (error) {
      if (hasCode(error, 'provisioner.unreachable') && !vm.destroyPending)
        await vms.setDestroyPending(vm.name, false);
      throw error;
    }
  });
  await run.step('mark-destroyed', () =>
    vm.status === 'creating' ? vms.abandon(vm.name, vm.operationId, 'free') : vms.markDestroyed(vm.name),
  );
}
