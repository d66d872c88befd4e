import type { Address } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import { AddressBook } from '../wallets/address-book.js';
import { planDistribution } from './distribution.js';
import { type FundContext, ownWallets } from './fund-context.js';
import { readRevenueShare } from './revenue-share.js';
import { stablecoin } from './top-up.js';

/**
 * Steps 4 and 5: every payment token that the hot wallet holds, of methods that are switched off as well, to those who
 * share in it and the rest to the administrator. A token in `held` waits: its earlier steps did not end.
 */
export async function distribute(context: FundContext, held: ReadonlySet<Address>): Promise<void> {
  const { host, treasury, problems, signal } = context;
  const share = await readRevenueShare(host.config);
  const { hot } = await ownWallets(host);
  const book = await AddressBook.read(host);
  for (const token of await tokens(context)) {
    if (held.has(token)) continue;
    await problems.within(`distributing ${token}`, signal, async () => {
      if ((await treasury.isMoving('token', token)) || (await treasury.isTaken('share', token))) return;
      const balance = await treasury.balance(token, hot.address);
      const owed = (await treasury.owed()).filter((debt) => debt.token === token);
      const claims = owed.reduce((sum, { amount }) => sum + amount, 0n);
      if (claims > balance)
        host.log.warn('the hot wallet holds less than it owes; debts are paid in order', {
          token_address: token,
          owed: `${claims}`,
          held: `${balance}`,
        });
      const addressOf = (role: string) => book.find(role)?.address ?? null;
      await treasury.move(planDistribution(token, balance, owed, share, addressOf));
    });
  }
}

/** Tokens that may lie in the hot wallet. */
async function tokens(context: FundContext): Promise<ReadonlySet<Address>> {
  const methods = known(await context.host.chain.funds.paymentMethods(), 'The list of payment methods');
  const stable = await stablecoin(context);
  return new Set([
    ...methods.map(({ token }) => token),
    ...(stable === null ? [] : [stable]),
    ...(await context.treasury.owed()).map(({ token }) => token),
  ]);
}
