import type { ChainEngine, ChainFacts, SignedTransaction } from '@blockhost/kernel';
import type { Knex } from 'knex';

/** Remembers which transaction minted the credential of an order; repeating is success. */
export async function keepMintProof(
  database: Knex,
  operationId: string,
  mint: SignedTransaction,
): Promise<void> {
  await database('mint_proofs')
    .insert({
      operation_id: operationId,
      signed_at_height: mint.signedAtHeight,
      mint: JSON.stringify(mint),
    })
    .onConflict('operation_id')
    .merge();
}

const DAY_MS = 86_400_000;

/**
 * Height up to which a mint counts as final, whatever a node says of its transaction: no reorganisation reaches a day
 * back, and nodes drop old transactions from their index, which would read as lost.
 */
export function finalHeight(head: number, { blockTimeMs }: Pick<ChainFacts, 'blockTimeMs'>): number {
  return head - Math.ceil(DAY_MS / blockTimeMs);
}

export async function dropFinalProofs(tx: Knex, height: number): Promise<void> {
  await tx('mint_proofs').where('signed_at_height', '<=', height).delete();
}

/** By operation id; a VM whose mint is final has none. */
export async function mintProofs(database: Knex): Promise<ReadonlyMap<string, SignedTransaction>> {
  const rows: { operation_id: string; mint: string }[] = await database('mint_proofs').select();
  return new Map(rows.map(({ operation_id, mint }) => [operation_id, JSON.parse(mint)]));
}

/** What the chain says now of a mint that was confirmed once. */
export type ProvenMint =
  | { readonly kind: 'standing'; readonly tokenId: string; readonly to: string }
  /** Not on the chain, but the same bytes can still get there. */
  | { readonly kind: 'waiting' }
  | { readonly kind: 'unseen' }
  /** It never will be: another transaction took its place, or it failed. */
  | { readonly kind: 'lost' }
  | { readonly kind: 'unknown' };

export async function proveMint(
  { transactions, credentials, chain }: Pick<ChainEngine, 'transactions' | 'credentials' | 'chain'>,
  mint: SignedTransaction,
): Promise<ProvenMint> {
  const seen = await transactions.lookup(mint);
  if (seen.state === 'unknown') return { kind: 'unknown' };
  if (seen.state === 'unseen') return { kind: 'unseen' };
  if (seen.state === 'superseded') return { kind: 'lost' };
  // Whatever follows from it cannot be undone: as young as that it may vanish again.
  if (seen.state === 'pending' || seen.confirmations < chain.confirmations) return { kind: 'waiting' };
  if (!seen.success) return { kind: 'lost' };
  const minted = await credentials.mintedIn(mint);
  return minted.kind === 'present'
    ? { kind: 'standing', tokenId: String(minted.value.tokenId), to: minted.value.to }
    : { kind: 'unknown' };
}
