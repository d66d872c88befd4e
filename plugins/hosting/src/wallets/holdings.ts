import type { Address, ChainEngine, PaymentMethod } from '@blockhost/kernel';
import { answered } from './answered.js';
import { type Asset, assetOf, isNativeWord, tokenAddress, tokenFacts } from './asset.js';
import { balanceOf } from './transfer.js';

export interface Holding {
  readonly asset: Asset;
  readonly balance: bigint;
  /** Worth in US cents by the contract's price; null: not known. */
  readonly cents: bigint | null;
}

export interface Holdings {
  readonly native: Holding;
  /** Those with a balance first. */
  readonly tokens: readonly Holding[];
}

/**
 * What an address holds: native coin, and the token that `word` names or every token that customers can pay with. A
 * contract without decimals, as of a credential, is counted in whole ones.
 */
export async function holdingsOf(
  address: Address,
  word: string | undefined,
  chain: ChainEngine,
): Promise<Holdings> {
  const [nativeWord = ''] = chain.chain.native.words;
  const asset = await assetOf(nativeWord, chain);
  const native = { asset, balance: await balanceOf(asset, address, chain), cents: null };
  if (word !== undefined && isNativeWord(word, chain)) return { native, tokens: [] };
  const methods = answered(await chain.funds.paymentMethods(), 'The list of payment methods');
  const tokens =
    word === undefined
      ? [...new Set(methods.filter(({ active }) => active).map(({ token }) => token))]
      : [await tokenAddress(word, chain)];
  const holdings = await Promise.all(tokens.map((token) => holdingOf(token, address, methods, chain)));
  return { native, tokens: holdings.sort((a, b) => Number(b.balance > 0n) - Number(a.balance > 0n)) };
}

async function holdingOf(
  token: Address,
  address: Address,
  methods: readonly PaymentMethod[],
  chain: ChainEngine,
): Promise<Holding> {
  const asset = (await tokenFacts(token, chain)) ?? { token, symbol: 'NFT', decimals: 0 };
  const balance = await balanceOf(asset, address, chain);
  const method = methods.find((each) => chain.addresses.same(each.token, token));
  const worth = method && (await chain.funds.valueInCents(method, balance));
  return { asset, balance, cents: worth?.kind === 'present' ? worth.value : null };
}
