import type { Address } from '@blockhost/kernel';
import type { Knex } from 'knex';

/** Who held the administrator's credential when the reconciler last looked; null before it ever did. */
export async function adminIdentity(database: Knex, tokenId: string): Promise<Address | null> {
  const row = await database('admin_identity').where({ token_id: tokenId }).first('owner');
  return row?.owner ?? null;
}

export async function rememberAdmin(
  database: Knex,
  tokenId: string,
  owner: Address,
  now: number,
): Promise<void> {
  await database('admin_identity')
    .insert({ token_id: tokenId, owner, seen_at: now })
    .onConflict('token_id')
    .merge();
}
