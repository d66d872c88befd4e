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
  for (;;) {
    const offset = await nextOffset(tx, pool);
    if (offset === null) return reuseAddress(tx, pool, vmId);
    if (pool.excluded.has(offset)) continue;
    const address = pool.address(offset);
    const inserted: unknown[] = await tx.raw(
      'insert into vm_addresses (address, family, vm_id, pool) values (?, ?, ?, ?) on conflict do nothing returning 1',
      [address, pool.family, vmId, pool.key],
    );
    if (inserted.length > 0) return address;
  }
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

/** The lowest offset that was not passed yet, passed with this; null when there is none left. */
async function nextOffset(tx: Knex, pool: AddressPool): Promise<number | null> {
  const [row]: { passed: number }[] = await tx.raw(
    `update vm_address_cursors set next_offset = next_offset + 1 where family = ? and pool = ?
      returning next_offset - 1 as passed`,
    [pool.family, pool.key],
  );
  const passed = row ? row.passed : await adopt(tx, pool);
  return passed <= pool.last ? passed : null;
}

/** A changed pool starts from its beginning and adopts the known addresses in its range. */
async function adopt(tx: Knex, { family, key, first, offsetOf }: AddressPool): Promise<number> {
  const known: string[] = await tx('vm_addresses').where({ family }).pluck('address');
  for (const address of known)
    await tx('vm_addresses')
      .where({ address })
      .update({ pool: offsetOf(address) === null ? null : key });
  await tx('vm_address_cursors')
    .insert({ family, pool: key, next_offset: first + 1 })
    .onConflict('family')
    .merge();
  return first;
}
