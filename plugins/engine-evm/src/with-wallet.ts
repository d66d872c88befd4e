import { join } from 'node:path';
import { acquireLock, BlockhostError, hasCode, type Paths, type SigningKey } from '@blockhost/kernel';

/** How long to wait for whoever else sends from the wallet (engine.md 2.1). */
const WALLET_TIMEOUT_MS = 60_000;

export interface WalletUse {
  readonly paths: Pick<Paths, 'run'>;
  readonly signal: AbortSignal;
}

/** Runs `act` while no other process of this host sends from the wallet; throws `chain.wallet-busy`. */
export async function withWallet<T>(
  { paths, signal }: WalletUse,
  { address }: SigningKey,
  purpose: string,
  act: () => Promise<T>,
): Promise<T> {
  const file = join(paths.run, `wallet-${address}.lock`);
  const waiting = acquireLock(file, { timeoutMs: WALLET_TIMEOUT_MS, purpose, signal });
  using _ = await waiting.catch((cause) => {
    throw hasCode(cause, 'lock.busy') ? busy(address, cause) : cause;
  });
  return await act();
}

function busy(address: string, cause: unknown): BlockhostError {
  return new BlockhostError('chain.wallet-busy', `wallet busy: something else sends from ${address}.`, {
    cause,
    remedy: 'Wait until it is done and try again.',
  });
}
