import { BlockhostError } from '@blockhost/kernel';
import { walletKey } from '@blockhost/kernel/host-files';
import { AddressBook } from '../wallets/address-book.js';
import { changeAddressBook } from '../wallets/change-address-book.js';
import { newWallet } from '../wallets/generate-wallet.js';
import type { FundHost } from './fund-host.js';

const ROLE = 'hot';
const KEY = walletKey(ROLE);

/**
 * Sees to it that there is a hot wallet (engine.md 5.4, step 0): a key without an entry gets its entry back, without a key
 * one is made. Throws `wallet.*` and what the root agent refuses with.
 */
export async function ensureHotWallet(host: FundHost): Promise<void> {
  if ((await AddressBook.read(host)).find(ROLE)) return;
  const key = await host.config.find(KEY);
  if (key === null) {
    const address = await newWallet(host, ROLE);
    host.log.info('the hot wallet is made', { address });
  } else {
    const { address } = host.chain.keys.parse(key);
    await changeAddressBook(host, (present) => {
      if (Object.hasOwn(present, ROLE)) throw unusable();
      return { ...present, [ROLE]: { address, keyfile: `/etc/blockhost/${KEY.name}` } };
    });
    host.log.warn('the address book had lost the hot wallet; its entry is back', { address });
  }
  if (!(await AddressBook.read(host)).find(ROLE)) throw unusable();
}

function unusable(): BlockhostError {
  return new BlockhostError(
    'wallet.unusable',
    `The address book has an entry "${ROLE}" that cannot be used.`,
    {
      remedy: `Correct the entry in addressbook.json: its address is that of ${KEY.name}.`,
    },
  );
}
