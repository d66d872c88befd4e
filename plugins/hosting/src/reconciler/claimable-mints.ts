import {
  type ChainEngine,
  type Mint,
  type Presence,
  present,
  type SignedTransaction,
  type TokenReservation,
  type VmRecord,
} from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Entry } from '../pipeline/entry.js';
import { versionHashes } from '../pipeline/version-hashes.js';
import { claimsOfOthers } from './observe-entries.js';
import type { Paced } from './paced.js';
import type { ReconcileSettings } from './reconcile-settings.js';

interface Known {
  readonly database: Knex;
  readonly tokens: readonly TokenReservation[];
  readonly proofs: ReadonlyMap<string, SignedTransaction>;
  readonly settings: Pick<ReconcileSettings, 'adminTokenId'>;
  readonly chain: Pick<ChainEngine, 'credentials'>;
  /** Mints above it may still vanish. */
  readonly safeHeight: number;
  readonly ask: Paced;
}

/**
 * Mints to the buyer of a VM without a credential that nobody else claims (engine.md 3.6 f): bound to no VM, not the
 * administrator's, not made for another purchase, and with the details of this one where those are still known. Null
 * when nobody knows since when to look, or another purchase of the same buyer is under way.
 */
export async function claimableMints(
  vm: VmRecord,
  creation: Entry | null,
  { database, tokens, proofs, settings, chain, safeHeight, ask }: Known,
): Promise<Presence<readonly Mint[]> | null> {
  const buyer = creation?.subscriber ?? vm.ownerWallet;
  const since = creation?.height ?? proofs.get(vm.operationId)?.signedAtHeight;
  if (since === undefined) return null;
  const others = await claimsOfOthers(database, buyer, vm.operationId);
  if (others.isBuying) return null;

  const found = await ask(() => chain.credentials.findMints(buyer, since));
  if (found.kind !== 'present') return found;
  const taken = new Set(tokens.filter(({ status }) => status === 'minted').map(({ tokenId }) => tokenId));
  const hashes = new Set([
    ...others.hashes,
    ...[...proofs].flatMap(([operation, proof]) =>
      operation === vm.operationId ? [] : versionHashes(proof),
    ),
  ]);
  const payload = creation?.connEncrypted ?? null;
  const claimable: Mint[] = [];
  for (const mint of found.value) {
    const id = String(mint.tokenId);
    if (
      mint.height > safeHeight ||
      taken.has(id) ||
      id === settings.adminTokenId ||
      hashes.has(mint.transactionHash)
    )
      continue;
    if (payload !== null) {
      const credential = await ask(() => chain.credentials.get(mint.tokenId));
      if (credential.kind === 'unknown') return credential;
      if (credential.kind === 'absent' || credential.value.userData !== payload) continue;
    }
    claimable.push(mint);
  }
  return present(claimable);
}
