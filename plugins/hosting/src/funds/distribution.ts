import type { Address } from '@blockhost/kernel';
import type { Owed, Transfer } from './operation.js';
import { type RevenueShare, shareOut } from './revenue-share.js';

/**
 * Steps 4 and 5 for one token, from one balance of the hot wallet (engine.md 5.4, 5.5): first what is owed, in order, as far
 * as it reaches; of what nobody has a claim to, the shares, and the rest to the administrator.
 */
export function planDistribution(
  token: Address,
  balance: bigint,
  owed: readonly Owed[],
  share: RevenueShare | null,
  addressOf: (role: string) => Address | null,
): readonly Transfer[] {
  const to = (step: Transfer['step'], toRole: string, amount: bigint): Transfer => ({
    step,
    token,
    fromRole: 'hot',
    toRole,
    to: addressOf(toRole),
    amount,
  });
  let left = balance;
  const debts = owed.map(({ role, amount }) => {
    const isCovered = amount <= left;
    const paid = isCovered ? amount : left;
    left -= paid;
    return to('owed', role, paid);
  });
  const shares = share ? shareOut(left, share).map(({ role, amount }) => to('share', role, amount)) : [];
  const remainder = shares.reduce((rest, { amount }) => rest - amount, left);
  return [...debts, ...shares, to('remainder', 'admin', remainder)].filter(({ amount }) => amount > 0n);
}
