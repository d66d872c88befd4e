import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { AddressPool } from './address-pool.js';
import { formatIp, parseIp } from './ip-address.js';

/**
 * Makes a VM hold exactly the addresses that its provisioner answered; those reserved in vain are released. Throws
 * `vm-store.address-taken` when another VM holds one of them, or it is in quarantine.
 */
export async function holdAddresses(
  tx: Knex,
  vmId: number,
  answered: readonly (string | null)[],
  pools: readonly AddressPool[],
  now: number,
): Promise<void> {
  const addresses = answered.filter((address) => address !== null).map(canonical);
  await tx('vm_addresses')
    .where({ vm_id: vmId })
    .whereNotIn('address', addresses)
    .update({ vm_id: null, released_at: now });
  for (const address of addresses) {
    const held = await tx('vm_addresses').where({ address }).first('vm_id', 'released_at');
    if (held?.vm_id === vmId) continue;
    if (held && held.released_at === null) throw addressTaken(address);
    const pool = pools.find((candidate) => candidate.offsetOf(address) !== null)?.key ?? null;
    await tx('vm_addresses')
      .insert({ address, family: parseIp(address)?.family, vm_id: vmId, released_at: null, pool })
      .onConflict('address')
      .merge(['vm_id', 'released_at']);
  }
}

/** One spelling per address: two of them would be two owners of the same one. */
function canonical(address: string): string {
  const parsed = parseIp(address);
  if (parsed) return formatIp(parsed.family, parsed.value);
  throw new BlockhostError('vm-store.bad-address', `"${address}" is not an IP address.`, {
    remedy: 'Report this to the author of the provisioner.',
  });
}

/** Whoever had them is proven gone: the addresses may be handed out again, the youngest last. */
export async function releaseAddresses(tx: Knex, vmId: number, now: number): Promise<void> {
  await tx('vm_addresses').where({ vm_id: vmId }).update({ vm_id: null, released_at: now });
}

function addressTaken(address: string): BlockhostError {
  return new BlockhostError('vm-store.address-taken', `The address ${address} belongs to another VM.`, {
    remedy: 'Find out which VM really has it before going on; give one of them another address.',
  });
}
