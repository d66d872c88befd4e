import { type Address, BlockhostError, type ChainEngine } from '@blockhost/kernel';
import { answered } from './answered.js';

/** Decimal, and of no more digits than 256 bits have. */
const TOKEN_ID = /^(0|[1-9][0-9]{0,76})$/;

export const isTokenId = (text: string) => TOKEN_ID.test(text);

/** Throws `wallet.bad-token-id`. */
export function parseTokenId(text: string): bigint {
  if (isTokenId(text)) return BigInt(text);
  throw new BlockhostError('wallet.bad-token-id', `"${text.slice(0, 80)}" is not the id of a credential.`, {
    remedy: 'Write a whole number: 7.',
  });
}

/** Owner of a credential; throws `chain.absent` when there is none, `chain.unreachable` when that cannot be told. */
export async function ownerOf(
  id: bigint,
  { credentials }: Pick<ChainEngine, 'credentials'>,
): Promise<Address> {
  const [owner] = answered(await credentials.owners([id]), `The owner of credential ${id}`);
  if (owner) return owner;
  throw new BlockhostError('chain.absent', `There is no credential ${id}.`);
}
