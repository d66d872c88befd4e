import type { Address, ChainEngine } from '@blockhost/kernel';
import type { AdminSettings } from './admin-settings.js';
import { reached } from './reached.js';

/** Whose orders count now (engine.md W54); null: nobody's, the credential to follow does not exist. */
export async function administrator(
  { credential, wallet }: AdminSettings,
  chain: Pick<ChainEngine, 'credentials'>,
): Promise<Address | null> {
  if (credential === null) return wallet;
  const found = await chain.credentials.get(credential);
  return found.kind === 'absent' ? null : reached(found, 'the credential of the administrator').owner;
}
