import { type Address, BlockhostError, type ChainEngine, type TransactionDraft } from '@blockhost/kernel';
import { formatAmount } from './amount.js';
import { answered } from './answered.js';
import type { Asset } from './asset.js';

type Chain = Pick<ChainEngine, 'chain' | 'funds'>;

export function transfer(asset: Asset, to: Address, amount: bigint, { funds }: Chain): TransactionDraft {
  return asset.token === null ? funds.sendNative(to, amount) : funds.sendToken(asset.token, to, amount);
}

export async function balanceOf({ token, symbol }: Asset, of: Address, { funds }: Chain): Promise<bigint> {
  const balance = token === null ? await funds.nativeBalance(of) : await funds.tokenBalance(token, of);
  return answered(balance, `The balance of ${symbol} of ${of}`);
}

/** Throws `chain.insufficient-funds` unless `of` has `amount`, and for native coin the fee of a transfer as well. */
export async function requireBalance(asset: Asset, of: Address, amount: bigint, chain: Chain): Promise<void> {
  const fee = asset.token === null ? answered(await chain.funds.transferFee(), 'The fee of a transfer') : 0n;
  const balance = await balanceOf(asset, of, chain);
  if (balance >= amount + fee) return;
  const words = (units: bigint) => `${formatAmount(units, asset.decimals)} ${asset.symbol}`;
  throw new BlockhostError(
    'chain.insufficient-funds',
    `The wallet ${of} has ${words(balance)}; ${words(amount)} shall be sent${fee > 0n ? `, which costs up to ${words(fee)}` : ''}.`,
    {
      remedy: `Nothing was sent. Send less, or ${words(amount + fee - balance)} to the wallet first.`,
    },
  );
}
