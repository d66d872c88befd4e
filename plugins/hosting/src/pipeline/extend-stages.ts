import { BlockhostError, sentenceOf } from '@blockhost/kernel';
import { powerOn } from '../vms/power-on.js';
import { tellGuest } from '../vms/tell-guest.js';
import { withVmLock } from '../vms/vm-lock.js';
import { isoSeconds } from './known.js';
import type { Stage } from './stage.js';

/** More paid time for a VM, absolute (engine.md 3.7). */
export const extendStages: readonly Stage[] = [
  {
    name: 'set-expiry',
    reached: 'expiry_set',
    timeoutMs: 10_000,
    calls: [],
    async act(entry, { vms }) {
      const vm = await vms.extendTo(entry.vmName, isoSeconds(entry.expiresAt ?? 0));
      if (vm.status === 'destroyed')
        throw new BlockhostError(
          'pipeline.vm-destroyed',
          `${entry.vmName} was extended and paid for, but is destroyed.`,
          { remedy: 'Refund the payment, or make the customer a new VM.' },
        );
      return {};
    },
  },
  {
    name: 'resume-vm',
    reached: 'resumed',
    timeoutMs: 600_000,
    calls: ['start-vm', 'activate'],
    async act(entry, context) {
      const { vms, provisioner, run, clock, paths, log } = context;
      const vm = await vms.get(entry.vmName);
      if (vm?.status !== 'suspended' || Date.parse(vm.expiresAt) <= clock.now()) return {};
      // Suspended by a person, for another reason than money: paying does not lift it.
      if (vm.suspendReason !== null && vm.suspendReason !== 'expiry') return {};
      await run.step('start-vm', () =>
        withVmLock(paths, vm.name, 'resuming', () => powerOn(vm, { provisioner }, run), run.signal),
      );
      await run.step('activate', () => vms.activate(vm.name));
      // Sold while it was off, it could not be told its owner; the reconciler repeats what fails here.
      await tellGuest(vm.name, context, run).catch((error: unknown) => {
        run.signal.throwIfAborted();
        log.warn('the resumed VM still names its former owner', { vm: vm.name, reason: sentenceOf(error) });
      });
      return {};
    },
  },
];
