import type { Address, TokenReservation } from '@blockhost/kernel';
import type { Knex } from 'knex';

interface Row {
  readonly token_id: string;
  readonly vm_name: string;
  readonly owner_wallet: string;
  readonly status: TokenReservation['status'];
  readonly broadcast: number;
}

/**
 * Credential ids the host expects (engine.md 3.6 c and C40). The chain decides ids, a reservation is a forecast: one that
 * failed before any mint for it was signed may be bound again, one that may have reached the chain never.
 */
export async function reserveToken(
  tx: Knex,
  order: { readonly vmName: string; readonly ownerWallet: Address; readonly hint: bigint | null },
  now: string,
): Promise<string> {
  const own: Row | undefined = await tx('token_reservations')
    .where({ vm_name: order.vmName })
    .whereIn('status', ['reserved', 'minted'])
    .first();
  if (own) return own.token_id;

  let id = order.hint ?? (await nextId(tx));
  while (await isTaken(tx, id)) id += 1n;
  await tx('token_reservations')
    .insert({
      token_id: String(id),
      vm_name: order.vmName,
      owner_wallet: order.ownerWallet,
      status: 'reserved',
      reserved_at: now,
      settled_at: null,
    })
    .onConflict('token_id')
    .merge();
  await setNextId(tx, id + 1n);
  return String(id);
}

/** Records that `tokenId` is on the chain for this VM; answers the id it had been promised instead, if another. */
export async function settleToken(
  tx: Knex,
  order: { readonly vmName: string; readonly ownerWallet: Address; readonly tokenId: string },
  now: string,
): Promise<void> {
  await tx('token_reservations')
    .where({ vm_name: order.vmName, status: 'reserved' })
    .whereNot({ token_id: order.tokenId })
    .update({ status: 'failed', settled_at: now });
  await tx('token_reservations')
    .insert({
      token_id: order.tokenId,
      vm_name: order.vmName,
      owner_wallet: order.ownerWallet,
      status: 'minted',
      broadcast: 1,
      reserved_at: now,
      settled_at: now,
    })
    .onConflict('token_id')
    .merge(['vm_name', 'owner_wallet', 'status', 'broadcast', 'settled_at']);
  await setNextId(tx, BigInt(order.tokenId) + 1n);
}

/** The chain took the mint of this VM back. Its id may be on another history still: it is not reserved again. */
export async function failMinted(
  tx: Knex,
  order: { readonly vmName: string; readonly tokenId: string },
  now: string,
): Promise<void> {
  await tx('token_reservations')
    .where({ token_id: order.tokenId, vm_name: order.vmName })
    .update({ status: 'failed', broadcast: 1, settled_at: now });
}

export function toReservation(row: Row): TokenReservation {
  return {
    tokenId: row.token_id,
    vmName: row.vm_name,
    status: row.status,
    ownerWallet: row.owner_wallet,
    broadcast: row.broadcast === 1,
  };
}

async function isTaken(tx: Knex, id: bigint): Promise<boolean> {
  const row: Row | undefined = await tx('token_reservations')
    .where({ token_id: String(id) })
    .first();
  return row !== undefined && (row.status !== 'failed' || row.broadcast === 1);
}

async function nextId(tx: Knex): Promise<bigint> {
  const row = await tx('token_counter').first('next_id');
  return row ? BigInt(row.next_id) : 0n;
}

async function setNextId(tx: Knex, next: bigint): Promise<void> {
  await tx('token_counter')
    .insert({ id: 1, next_id: String(next) })
    .onConflict('id')
    .merge();
}
