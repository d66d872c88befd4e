import { BlockhostError, type HostConfig, type SigningKey } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, DEPLOYER_KEY, usableWallets } from '@blockhost/kernel/host-files';
import { addressCodec } from './address-codec.js';
import { parseKey } from './signing-key.js';

/** The wallet that deploys and mints. Throws `chain.wrong-key` when the addressbook has another address for its file. */
export async function deployerKey(config: HostConfig): Promise<SigningKey> {
  const key = parseKey(await config.read(DEPLOYER_KEY));
  const { wallets } = await usableWallets((await config.find(ADDRESSBOOK_JSON)) ?? {});
  for (const [role, { address, keyfile }] of Object.entries(wallets))
    if (keyfile === `/etc/blockhost/${DEPLOYER_KEY.name}` && !addressCodec.same(address, key.address))
      throw new BlockhostError(
        'chain.wrong-key',
        `${DEPLOYER_KEY.name} is the key of ${key.address}, but the addressbook has ${address} for "${role}".`,
        { remedy: 'Nothing was signed. Restore the right key file, or correct addressbook.json.' },
      );
  return key;
}
