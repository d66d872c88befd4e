import { BlockhostError, type CreatedVm } from '@blockhost/kernel';
import type { Knex } from 'knex';

/**
 * The number by which its hypervisor knows a VM, where `backendRef` is one or ends in one (`node/131`); else 0. Throws
 * `vm-store.vmid-taken` when another live VM has it: one of the two would get what is meant for the other.
 */
export async function answeredVmid(tx: Knex, { name, backendRef }: CreatedVm): Promise<number> {
  const vmid = Number(/(?:^|\/)(\d{1,9})$/.exec(backendRef)?.[1] ?? 0);
  const other = await tx('vms')
    .where({ vmid })
    .where('vmid', '>', 0)
    .whereNot({ name })
    .whereNot('status', 'destroyed')
    .first('name');
  if (!other) return vmid;
  throw new BlockhostError('vm-store.vmid-taken', `The number ${vmid} belongs to the VM ${other.name}.`, {
    remedy: 'Find out which VM really has it before going on.',
  });
}
