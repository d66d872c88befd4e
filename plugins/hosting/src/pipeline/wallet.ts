import path from 'node:path';
import { acquireLock, type SigningKey } from '@blockhost/kernel';
import { DEPLOYER_KEY } from '@blockhost/kernel/host-files';
import type { Host } from './host.js';

const WALLET_WAIT_MS = 60_000;

/** The wallet that owns the contracts and mints (host.md 1.3). */
export async function deployerKey({ chain, config }: Pick<Host, 'chain' | 'config'>): Promise<SigningKey> {
  return chain.keys.parse(await config.read(DEPLOYER_KEY));
}

/** Runs `act` while no other process of the host chooses a sequence for this wallet (engine.md 2.1). */
export async function withWallet<T>(
  { paths }: Pick<Host, 'paths'>,
  key: SigningKey,
  purpose: string,
  act: () => Promise<T>,
): Promise<T> {
  using _ = await acquireLock(path.join(paths.run, `wallet-${key.address}.lock`), {
    timeoutMs: WALLET_WAIT_MS,
    purpose,
  });
  return await act();
}
