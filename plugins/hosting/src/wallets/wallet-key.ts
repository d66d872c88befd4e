import { basename } from 'node:path';
import { BlockhostError, type HostConfig, type SigningKey } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, DEPLOYER_KEY, usableWallets, walletKey } from '@blockhost/kernel/host-files';
import type { SigningWallet, WalletCodec } from './address-book.js';

interface KeyHost {
  readonly config: HostConfig;
  readonly chain: WalletCodec;
}

/**
 * The key of a wallet, from its file in the configuration folder. Throws `config.missing`, `chain.bad-key`, and
 * `wallet.wrong-key` when the address book has another address for it: then nothing is signed (engine.md 2.1).
 */
export async function keyOf({ config, chain }: KeyHost, wallet: SigningWallet): Promise<SigningKey> {
  const key = chain.keys.parse(await config.read(walletKey(basename(wallet.keyfile, '.key'))));
  if (!chain.addresses.same(key.address, wallet.address))
    throw wrongKey(basename(wallet.keyfile), key.address, wallet);
  return key;
}

/** The wallet that owns the contracts and mints (host.md 1.3), whether an address book is there or not. */
export async function deployerKey({ config, chain }: KeyHost): Promise<SigningKey> {
  const key = chain.keys.parse(await config.read(DEPLOYER_KEY));
  const { wallets } = await usableWallets((await config.find(ADDRESSBOOK_JSON)) ?? {});
  for (const [role, { address, keyfile }] of Object.entries(wallets))
    if (keyfile === `/etc/blockhost/${DEPLOYER_KEY.name}` && !chain.addresses.same(address, key.address))
      throw wrongKey(DEPLOYER_KEY.name, key.address, { role, address });
  return key;
}

function wrongKey(
  file: string,
  derived: string,
  { role, address }: { readonly role: string; readonly address: string },
): BlockhostError {
  return new BlockhostError(
    'wallet.wrong-key',
    `${file} is the key of ${derived}, but the address book has ${address} for "${role}".`,
    { remedy: 'Nothing was signed. Restore the right key file, or correct addressbook.json.' },
  );
}
