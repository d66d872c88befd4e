import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { AddressPool } from './address-pool.js';

/**
 * Gives `vmId` an address of `pool`: the lowest never used, and when none is left the one released longest ago, so that
 * stale clients do not meet the next tenant. Runs inside the caller's transaction.
 *
 * Everything below the pool's cursor was used or is excluded, which keeps the cost flat however full the pool is.
 * Throws `vm-store.pool-exhausted`.
 */
export async function allocateAddress(tx: Knex, pool: AddressPool, vmId: number): Promise<string> {
  const from = await cursorOf(tx, pool);
  for (let offset = from; offset <= pool.last; offset += 1) {
    if (pool.excluded.has(offset)) continue;
    const address = pool.address(offset);
    const inserted: unknown[] = await tx.raw(
      'insert into vm_addresses (address, family, vm_id, pool) values (?, ?, ?, ?) on conflict do nothing returning 1',
      [address, pool.family, vmId, pool.key],
    );
    if (inserted.length === 0) continue;
    await advanceCursor(tx, pool, offset + 1);
    return address;
  }
  if (from <= pool.last) await advanceCursor(tx, pool, pool.last + 1);
  return reuseAddress(tx, pool, vmId);
}

/** At most `excluded.size` of the released addresses are excluded now, so one more row suffices. */
async function reuseAddress(tx: Knex, pool: AddressPool, vmId: number): Promise<string> {
  const released: { address: string }[] = await tx('vm_addresses')
    .where({ pool: pool.key })
    .whereNotNull('released_at')
    .orderBy('released_at')
    .limit(pool.excluded.size + 1)
    .select('address');
  const free = released.find(({ address }) => {
    const offset = pool.offsetOf(address);
    return offset !== null && !pool.excluded.has(offset);
  });
  if (!free)
    throw new BlockhostError(
      'vm-store.pool-exhausted',
      `Every IPv${pool.family} address of the pool is taken.`,
      {
        facts: { pool: `${pool.address(pool.first)} to ${pool.address(pool.last)}` },
        remedy: 'Enlarge the pool in db.yaml, or destroy VMs that are no longer paid for.',
        exitCode: 7,
      },
    );
  await tx('vm_addresses').where(free).update({ vm_id: vmId, released_at: null });
  return free.address;
}

/** A changed pool starts from its beginning and adopts the known addresses in its range. */
async function cursorOf(tx: Knex, { family, key, first, offsetOf }: AddressPool): Promise<number> {
  const row = await tx('vm_address_cursors').where({ family, pool: key }).first('next_offset');
  if (row) return row.next_offset;
  const known: string[] = await tx('vm_addresses').where({ family }).pluck('address');
  for (const address of known)
    await tx('vm_addresses')
      .where({ address })
      .update({ pool: offsetOf(address) === null ? null : key });
  await tx('vm_address_cursors')
    .insert({ family, pool: key, next_offset: first })
    .onConflict('family')
    .merge();
  return first;
}

async function advanceCursor(tx: Knex, { family }: AddressPool, next: number): Promise<void> {
  await tx('vm_address_cursors').where({ family }).update({ next_offset: next });
}
