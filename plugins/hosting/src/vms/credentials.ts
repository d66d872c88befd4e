import type { Address, VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { readVm, requireVm } from './find-vm.js';
import { failMinted, settleToken } from './token-reservations.js';
import { toRecord } from './vm-row.js';

/** The credential that a record names: it changes only while the record still names it. */
export interface NamedCredential {
  readonly name: string;
  readonly tokenId: string;
}

/** As `VmStore.markMinted`, inside the caller's transaction. */
export async function markMinted(
  tx: Knex,
  credential: { readonly vmName: string; readonly tokenId: string; readonly ownerWallet: Address },
  now: string,
): Promise<VmRecord> {
  const { vmName, tokenId, ownerWallet } = credential;
  const row = await requireVm(tx, vmName);
  if (row.nft_minted === 1 && row.nft_token_id === tokenId) return toRecord(row);
  const promised = await tx('token_reservations').where({ vm_name: vmName, status: 'reserved' }).first();
  await settleToken(tx, credential, now);
  // The chain gave the id anew: the mint of a VM that is gone was taken back.
  await tx('vms').where({ nft_token_id: tokenId, status: 'destroyed' }).update({ nft_minted: 0 });
  await tx('vms')
    .where({ id: row.id })
    .update({
      nft_token_id: tokenId,
      nft_minted: 1,
      nft_minted_at: now,
      nft_burned: 0,
      owner_wallet: ownerWallet,
      gecos_synced: Number(row.gecos_synced === 1 && promised?.token_id === tokenId),
    });
  return readVm(tx, vmName);
}

/** As `VmStore.setOwner`. */
export async function setOwner(tx: Knex, named: NamedCredential, ownerWallet: Address): Promise<VmRecord> {
  await rowsOf(tx, named)
    .whereNot({ owner_wallet: ownerWallet })
    .update({ owner_wallet: ownerWallet, gecos_synced: 0 });
  return readVm(tx, named.name);
}

/** As `VmStore.setBurned`. */
export async function setBurned(tx: Knex, named: NamedCredential, burned: boolean): Promise<VmRecord> {
  await rowsOf(tx, named).update({ nft_burned: Number(burned) });
  return readVm(tx, named.name);
}

/** As `VmStore.forgetMint`. */
export async function forgetMint(tx: Knex, named: NamedCredential, now: string): Promise<VmRecord> {
  const forgotten = await rowsOf(tx, named).update({
    nft_token_id: null,
    nft_minted: 0,
    nft_minted_at: null,
    nft_burned: 0,
  });
  if (forgotten > 0) await failMinted(tx, { vmName: named.name, tokenId: named.tokenId }, now);
  return readVm(tx, named.name);
}

function rowsOf(tx: Knex, { name, tokenId }: NamedCredential): Knex.QueryBuilder {
  return tx('vms').where({ name, nft_token_id: tokenId, nft_minted: 1 }).whereNot({ status: 'destroyed' });
}
