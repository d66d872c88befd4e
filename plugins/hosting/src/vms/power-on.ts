import {
  BlockhostError,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  supports,
  type VmRecord,
} from '@blockhost/kernel';

/**
 * Powers a VM on, or finds it on, and puts its recorded limits in force: hypervisors forget them when it goes off
 * (provisioners.md 3.3). Throws `vm.destroy-pending` for one whose end has begun.
 */
export async function powerOn(
  vm: VmRecord,
  { provisioner }: { readonly provisioner: Provisioner & Partial<ProvisionerCapabilities> },
  run: Run,
): Promise<void> {
  if (vm.destroyPending)
    throw new BlockhostError(
      'vm.destroy-pending',
      `The end of ${vm.name} has begun; parts of it may be gone.`,
      {
        facts: { vm: vm.name },
        remedy: `Finish it with \`blockhost vm destroy ${vm.name}\`, or make it a new VM.`,
        exitCode: 5,
      },
    );
  await provisioner.start(vm, run);
  if (Object.keys(vm.limits).length === 0) return;
  if (supports(provisioner, 'throttle')) await provisioner.throttle?.(vm, vm.limits);
  else run.log.warn('the provisioner cannot enforce the recorded limits', { vm: vm.name });
}
