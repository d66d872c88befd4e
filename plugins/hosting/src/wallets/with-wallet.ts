import path from 'node:path';
import { acquireLock, BlockhostError, hasCode, type Paths, type SigningKey } from '@blockhost/kernel';

/** How long to wait for whoever else sends from the wallet (engine.md 2.1). */
const WALLET_WAIT_MS = 60_000;

/**
 * Runs `act` while no other process of the host chooses a sequence for this wallet; the engine's own commands take the
 * same lock. Throws `chain.wallet-busy`.
 */
export async function withWallet<T>(
  { paths }: { readonly paths: Pick<Paths, 'run'> },
  { address }: SigningKey,
  purpose: string,
  act: () => Promise<T>,
  { timeoutMs = WALLET_WAIT_MS, signal }: { readonly timeoutMs?: number; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const file = path.join(paths.run, `wallet-${address}.lock`);
  const waiting = acquireLock(file, { timeoutMs, purpose, ...(signal ? { signal } : {}) });
  using _ = await waiting.catch((cause) => {
    if (!hasCode(cause, 'lock.busy')) throw cause;
    throw new BlockhostError('chain.wallet-busy', `wallet busy: something else sends from ${address}.`, {
      cause,
      remedy: 'Wait until it is done and try again.',
    });
  });
  return await act();
}
