import { withVmLock } from '../vms/vm-lock.js';
import type { Stage } from './stage.js';

/** A cancelled subscription loses its VM (engine.md 3.8). */
export const cancelStages: readonly Stage[] = [
  {
    name: 'destroy-vm',
    reached: 'destroyed',
    timeoutMs: 300_000,
    calls: ['destroy', 'mark-destroyed'],
    async act(entry, { vms, provisioner, run, paths }) {
      const vm = await vms.get(entry.vmName);
      if (vm === null || vm.status === 'destroyed') return {};
      await run.step('destroy', () =>
        withVmLock(paths, vm.name, 'destroying', () => provisioner.destroy(vm, run), run.signal),
      );
      await run.step('mark-destroyed', () =>
        vm.status === 'creating' ? vms.abandon(vm.name, vm.operationId, 'free') : vms.markDestroyed(vm.name),
      );
      return {};
    },
  },
];
