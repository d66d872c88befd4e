import type { CreatedVm, VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { answeredVmid } from './answered-vmid.js';
import { readVm, requireVm } from './find-vm.js';
import { holdAddresses } from './hold-addresses.js';
import type { HostNetwork } from './host-network.js';
import { nameTaken } from './reserve-vm.js';
import { toRecord } from './vm-row.js';
import { assertTransition } from './vm-states.js';

/** As `VmStore.publish`, inside the caller's transaction; `now` in milliseconds. */
export async function publishVm(
  tx: Knex,
  operationId: string,
  made: CreatedVm,
  { pools, nameOf }: HostNetwork,
  now: number,
): Promise<VmRecord> {
  const row = await requireVm(tx, made.name);
  if (row.operation_id !== operationId) throw nameTaken(made.name);
  if (row.status === 'destroyed') assertTransition(made.name, row.status, 'active');
  if (row.status === 'suspended') return toRecord(row);
  await holdAddresses(tx, row.id, [made.ipv4, made.ipv6], pools, now);
  await tx('vms')
    .where({ id: row.id })
    .update({
      status: 'active',
      backend_ref: made.backendRef,
      username: made.username,
      login_port: made.loginPort ?? 22,
      mac: made.mac ?? null,
      template: made.template ?? null,
      fqdn: nameOf(made.ipv6) ?? row.fqdn,
      vmid: row.vmid || (await answeredVmid(tx, made)),
    });
  await tx('vm_operations').where({ vm_id: row.id }).delete();
  return readVm(tx, made.name);
}
