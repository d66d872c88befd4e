import { type Address, BlockhostError, failpoint, generateWallet } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, walletKey } from '@blockhost/kernel/host-files';
import type { WalletCodec } from './address-book.js';
import { agentOf, type BookHost, whileBookIsOurs, writesItself } from './change-address-book.js';

/**
 * Makes a key and its entry in the address book; no file and no entry is ever replaced. The key comes first: an address
 * without a key must never get money. Throws `wallet.name-taken`, and what the root agent refuses with.
 */
export async function newWallet(
  host: BookHost & { readonly chain: WalletCodec },
  role: string,
): Promise<Address> {
  return whileBookIsOurs(host, async () => {
    if (writesItself(host)) return makeWallet(host, role);
    failpoint('wallet.generate:before');
    const { address } = await generateWallet(agentOf(host), role);
    failpoint('wallet.generate:after');
    return host.chain.addresses.parse(address);
  });
}

async function makeWallet(
  { config, chain }: BookHost & { readonly chain: WalletCodec },
  role: string,
): Promise<Address> {
  const file = walletKey(role);
  const book = (await config.find(ADDRESSBOOK_JSON)) ?? {};
  if (Object.hasOwn(book, role)) throw taken(role, `The address book has a wallet "${role}" already.`);
  if ((await config.find(file)) !== null) throw taken(role, `There is a key file ${file.name} already.`);
  const { text, address } = chain.keys.generate();
  failpoint('wallet.key:before');
  await config.write(file, text.trim());
  failpoint('wallet.key:after');
  const entry = { address, keyfile: `/etc/blockhost/${file.name}` };
  await config.update(ADDRESSBOOK_JSON, (present) => ({ ...present, [role]: entry }));
  failpoint('wallet.entry:after');
  return address;
}

function taken(role: string, sentence: string): BlockhostError {
  return new BlockhostError('wallet.name-taken', sentence, {
    remedy: `Choose another name than "${role}": a key is never replaced.`,
  });
}
