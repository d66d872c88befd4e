import { destroySteps, destroyVm } from '../vms/destroy-vm.js';
import { withVmLock } from '../vms/vm-lock.js';
import { borneOut } from './borne-out.js';
import type { Stage } from './stage.js';

/** A cancelled subscription loses its VM (engine.md 3.8). */
export const cancelStages: readonly Stage[] = [
  {
    name: 'destroy-vm',
    reached: 'destroyed',
    timeoutMs: 300_000,
    calls: ['ask-before-end', ...destroySteps],
    async act(entry, { vms, provisioner, chain, run, paths }) {
      const vm = await vms.get(entry.vmName);
      if (vm === null || vm.status === 'destroyed') return {};
      await run.step('ask-before-end', () => borneOut(entry, { chain }));
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
