import { destroySteps, destroyVm } from '../vms/destroy-vm.js';
import { withVmLock } from '../vms/vm-lock.js';
import type { Stage } from './stage.js';

/** A cancelled subscription loses its VM (engine.md 3.8). */
export const cancelStages: readonly Stage[] = [
  {
    name: 'destroy-vm',
    reached: 'destroyed',
    timeoutMs: 300_000,
    calls: destroySteps,
    async act(entry, { vms, provisioner, run, paths }) {
      const vm = await vms.get(entry.vmName);
      if (vm === null || vm.status === 'destroyed') return {};
      await withVmLock(
        paths,
        vm.name,
        'destroying',
        () => destroyVm(vm, { vms, provisioner }, run),
        run.signal,
      );
      return {};
    },
  },
];
