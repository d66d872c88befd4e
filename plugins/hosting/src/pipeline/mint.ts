import { BlockhostError, type Hex, hasCode, type SignedTransaction, settle } from '@blockhost/kernel';
import { keepMintProof } from '../reconciler/mint-proofs.js';
import { deployerKey } from '../wallets/wallet-key.js';
import { withWallet } from '../wallets/with-wallet.js';
import { type Entry, findEntry, toEntry, updateEntry } from './entry.js';
import { known } from './known.js';
import type { StageContext } from './stage.js';
import { versionHashes } from './version-hashes.js';

/**
 * Mints the credential of an entry exactly once and answers its id, from the mined event. A mint whose sequence another
 * transaction spent is looked for by its payload before a new one is signed.
 */
export async function mint(entry: Entry, context: StageContext): Promise<string> {
  const { chain, clock, database, run, settings, vms } = context;
  const key = await deployerKey(context);
  const payload = entry.connEncrypted ?? '0x';
  let signed = entry.mint;
  const remember = async (transaction: SignedTransaction | null) => {
    signed = transaction;
    await updateEntry(database, entry.id, { mint: transaction }, clock.now());
  };
  try {
    const { transaction } = await settle({
      transactions: chain.transactions,
      draft: chain.credentials.mint(entry.subscriber, payload),
      key,
      confirmations: chain.chain.confirmations,
      timeoutMs: chain.chain.confirmationTimeoutMs,
      pollMs: Math.min(settings.pollIntervalMs, Math.max(50, chain.chain.blockTimeMs / 2)),
      clock,
      signal: run.signal,
      journal: {
        async load() {
          signed = (await findEntry(database, entry.id))?.mint ?? null;
          return signed;
        },
        async save(transaction) {
          // Before the bytes exist for anybody else: from now on the id may be on the chain.
          if (entry.reservedTokenId !== null) await vms.markTokenBroadcast(entry.reservedTokenId);
          await remember(transaction);
        },
      },
      bump: async () => key,
      walletLock: (act) => withWallet(context, key, `minting for ${entry.vmName}`, act),
    });
    const minted = known(await chain.credentials.mintedIn(transaction), 'The mint');
    await keepMintProof(database, entry.operationId, transaction);
    return String(minted.tokenId);
  } catch (error) {
    if (!hasCode(error, 'chain.transaction-superseded') && !hasCode(error, 'chain.transaction-reverted'))
      throw error;
    const found = await findMint(entry, payload, signed, context);
    if (found !== null) return found;
    await remember(null);
    if (hasCode(error, 'chain.transaction-reverted')) throw refused(error);
    throw new BlockhostError(
      'pipeline.mint-lost',
      'The mint did not reach the chain; a new one will be signed.',
      {
        cause: error,
      },
    );
  }
}

/**
 * It passed every simulation and failed in earnest: a buyer that is a contract can do that on purpose, and every further
 * try would cost the host a fee.
 */
function refused(cause: unknown): BlockhostError {
  return new BlockhostError('pipeline.mint-refused', 'The mint failed on the chain, and cost its fee.', {
    cause,
    remedy:
      'Look the transaction up. Retry the entry if the reason is gone; a buyer that is a contract may refuse on purpose.',
  });
}

/** Id of a mint of this payload since the lost one was signed; without a payload, of one that no VM claims. */
async function findMint(
  entry: Entry,
  payload: Hex,
  lost: SignedTransaction | null,
  { chain, database, vms }: StageContext,
): Promise<string | null> {
  if (lost === null) return null;
  const mints = known(
    await chain.credentials.findMints(entry.subscriber, lost.signedAtHeight),
    'The list of mints',
  );
  const bound = new Set(
    (await vms.tokens()).filter(({ status }) => status === 'minted').map((t) => t.tokenId),
  );
  const ofOthers = new Set(
    (await database('pipeline_entries').whereNotNull('mint').whereNot({ id: entry.id })).flatMap((row) => {
      const { mint } = toEntry(row);
      return mint === null ? [] : versionHashes(mint);
    }),
  );
  for (const { tokenId, transactionHash } of mints) {
    if (bound.has(String(tokenId)) || ofOthers.has(transactionHash)) continue;
    const credential = known(await chain.credentials.get(tokenId), 'The credential');
    if (credential.userData === payload) return String(tokenId);
  }
  return null;
}
