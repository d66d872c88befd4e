import { AddressBook } from '../wallets/address-book.js';
import type { FundContext } from './fund-context.js';
import { swapForGas } from './swap-for-gas.js';
import { topUpHotGas } from './top-up.js';

/** Keeps both wallets able to pay fees (engine.md 5.6). */
export async function gasCheck(context: FundContext): Promise<void> {
  const { host, problems, signal } = context;
  const book = await AddressBook.read(host);
  if (book.find('hot'))
    await problems.within('filling up the hot wallet', signal, () => topUpHotGas(context));
  await problems.within('buying coin for the server', signal, () =>
    swapForGas(context, book.signer('server')),
  );
}
