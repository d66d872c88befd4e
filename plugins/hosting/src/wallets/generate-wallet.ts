import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  type Address,
  BlockhostError,
  failpoint,
  generateWallet,
  type HostConfig,
  writeFileAtomic,
} from '@blockhost/kernel';
import {
  ADDRESSBOOK_JSON,
  ADMIN_SIGNATURE_KEY,
  DEPLOYER_KEY,
  SERVER_KEY,
  walletKey,
} from '@blockhost/kernel/host-files';
import type { WalletCodec } from './address-book.js';
import { agentOf, type BookHost, whileBookIsOurs, writesItself } from './change-address-book.js';

/** Keys of the host that are no wallets of the address book. */
const OTHER_KEYS: readonly string[] = [SERVER_KEY.name, DEPLOYER_KEY.name, ADMIN_SIGNATURE_KEY.name];

/**
 * Makes a key and its entry in the address book; no file and no entry is ever replaced. The key comes first: an address
 * without a key must never get money. Throws `wallet.name-taken`, and what the root agent refuses with.
 */
export async function newWallet(
  host: BookHost & { readonly chain: WalletCodec },
  role: string,
): Promise<Address> {
  return whileBookIsOurs(host, async () => {
    if (await writesItself(host)) return makeWallet(host, role);
    failpoint('wallet.generate:before');
    const { address } = await generateWallet(agentOf(host), role);
    failpoint('wallet.generate:after');
    return host.chain.addresses.parse(address);
  });
}

/**
 * The key is first kept as `NAME.key.pending`, which goes last: who was killed in between goes on with that key, and one
 * that was left by a wallet since forgotten is not taken for it.
 */
async function makeWallet(
  { config, chain, paths }: BookHost & { readonly chain: WalletCodec },
  role: string,
): Promise<Address> {
  const file = walletKey(role);
  const pending = { ...file, name: `${file.name}.pending` };
  const begun = await config.find(pending);
  if (begun === null) await refuseTaken(config, role);
  const text = begun ?? chain.keys.generate().text.trim();
  const { address } = chain.keys.parse(text);
  failpoint('wallet.key:before');
  await writeFileAtomic(join(paths.config, pending.name), `${text}\n`, pending.mode);
  failpoint('wallet.key:after');
  if (((await config.find(file)) ?? text) !== text)
    throw taken(role, `There is another ${file.name} already.`);
  await config.write(file, text);
  failpoint('wallet.entry:before');
  const entry = { address, keyfile: `/etc/blockhost/${file.name}` };
  await config.update(ADDRESSBOOK_JSON, (present) => {
    if (present === null || !Object.hasOwn(present, role)) return { ...present, [role]: entry };
    if (isDeepStrictEqual(present[role], entry)) return present;
    throw taken(role, `The address book has another wallet "${role}" already.`);
  });
  failpoint('wallet.entry:after');
  await rm(join(paths.config, pending.name));
  return address;
}

async function refuseTaken(config: HostConfig, role: string): Promise<void> {
  const { name } = walletKey(role);
  const book = (await config.find(ADDRESSBOOK_JSON)) ?? {};
  if (Object.hasOwn(book, role)) throw taken(role, `The address book has a wallet "${role}" already.`);
  if ((await config.find(walletKey(role))) !== null || OTHER_KEYS.includes(name))
    throw taken(role, `There is a key file ${name} already.`);
}

function taken(role: string, sentence: string): BlockhostError {
  return new BlockhostError('wallet.name-taken', sentence, {
    remedy: `Choose another name than "${role}": a key is never replaced.`,
  });
}
