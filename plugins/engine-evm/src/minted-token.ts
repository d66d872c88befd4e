import { BlockhostError, type Credentials, type Settled } from '@blockhost/kernel';
import { known } from './known.js';

/** Id of the credential that a mined transaction minted, from its event. Throws `chain.no-mint`. */
export async function mintedToken(credentials: Credentials, { transaction }: Settled): Promise<bigint> {
  const minted = known('The mint', await credentials.mintedIn(transaction));
  if (minted !== null) return minted.tokenId;
  throw new BlockhostError('chain.no-mint', `The transaction ${transaction.hash} minted nothing.`);
}
