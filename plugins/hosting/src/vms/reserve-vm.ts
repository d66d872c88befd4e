import { BlockhostError, type VmOrder, type VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { allocateAddress } from './allocate-address.js';
import { allocateVmid, type VmidRange } from './allocate-vmid.js';
import type { HostNetwork } from './host-network.js';
import { isoTime } from './iso-time.js';
import { selectVms, toRecord, type VmRow } from './vm-row.js';

/** What an order gets beside its name. */
export interface Resources {
  /** An address of each of its pools; null: none is wanted. */
  readonly network: HostNetwork | null;
  /** A number of this range; null: none is wanted. */
  readonly vmids: VmidRange | null;
}

/**
 * Reserves name, addresses, number and journal entry for an order; the same operation gets the same ones again. Runs
 * inside the caller's transaction. Throws `vm-store.name-taken`, `vm-store.pool-exhausted`.
 */
export async function reserveVm(
  tx: Knex,
  order: VmOrder,
  resources: () => Promise<Resources>,
  now: string,
): Promise<VmRecord> {
  const present: VmRow[] = await selectVms(tx)
    .where({ operation_id: order.operationId })
    .orWhere((of) => of.where({ name: order.name }).whereNot('status', 'destroyed'));
  const known = present.find(({ operation_id }) => operation_id === order.operationId);
  if (known && known.status !== 'destroyed') return toRecord(known);
  if (present.length > 0) throw nameTaken(order.name);
  const { network, vmids } = await resources();
  const [row] = await tx('vms')
    .insert({
      name: order.name,
      status: 'creating',
      operation_id: order.operationId,
      owner_wallet: order.ownerWallet,
      plan_id: order.planId,
      username: order.username,
      cpu: order.cpu,
      memory_mb: order.memoryMb,
      disk_gb: order.diskGb,
      created_at: now,
      expires_at: isoTime(order.expiresAt),
      vmid: vmids ? await allocateVmid(tx, vmids) : 0,
    })
    .returning('*');
  const addresses = { ipv4: null as string | null, ipv6: null as string | null };
  for (const pool of network?.pools ?? [])
    addresses[`ipv${pool.family}`] = await allocateAddress(tx, pool, row.id);
  const fqdn = network?.nameOf(addresses.ipv6) ?? null;
  if (fqdn !== null) await tx('vms').where({ id: row.id }).update({ fqdn });
  await tx('vm_operations').insert({
    vm_id: row.id,
    operation: 'create',
    operation_id: order.operationId,
    started_at: now,
  });
  return toRecord({ ...row, ...addresses, fqdn });
}

export function nameTaken(name: string): BlockhostError {
  return new BlockhostError('vm-store.name-taken', `The name ${name} belongs to another VM.`, {
    remedy: 'Choose another name, or destroy that VM first.',
  });
}
