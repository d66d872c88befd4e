import { type Address, BlockhostError, type ChainEngine } from '@blockhost/kernel';
import { answered } from './answered.js';

/** What can be sent: native coin, or a token. */
export interface Asset {
  /** null: native coin. */
  readonly token: Address | null;
  readonly symbol: string;
  readonly decimals: number;
}

export type Token = Asset & { readonly token: Address };

type Chain = Pick<ChainEngine, 'accounts' | 'addresses' | 'chain' | 'funds' | 'plans'>;

/** Letters that a terminal and a table bear: a token may call itself anything. */
const STRANGE = /[^\x21-\x7e]/g;
const LONGEST_SYMBOL = 24;

export function isNativeWord(word: string, { chain }: Pick<ChainEngine, 'chain'>): boolean {
  return chain.native.words.includes(word.toLowerCase());
}

/** What a word on a command line means: native coin, the stablecoin, or a token by its address. */
export async function assetOf(word: string, chain: Chain): Promise<Asset> {
  if (isNativeWord(word, chain)) {
    const { symbol, decimals } = chain.chain.native;
    return { token: null, symbol, decimals };
  }
  return tokenOf(word, chain);
}

/** As {@link assetOf}, but not native coin. Throws `chain.bad-address`, `chain.absent`, `wallet.no-token`. */
export async function tokenOf(word: string, chain: Chain): Promise<Token> {
  const token = await tokenAddress(word, chain);
  const facts = await tokenFacts(token, chain);
  if (facts !== null) return facts;
  throw new BlockhostError('wallet.no-token', `${token} is not a token that can be divided and sent.`, {
    remedy: 'Name a token with decimals, by its address.',
  });
}

/** The token that a word names, without asking what it is. */
export async function tokenAddress(word: string, { addresses, chain, plans }: Chain): Promise<Address> {
  return chain.stablecoinWords.includes(word.toLowerCase())
    ? answered(await plans.stablecoin(), 'The stablecoin', 'Set one with `bw config stable ADDRESS`.')
    : addresses.parse(word);
}

/** null: a contract without decimals. Throws `chain.absent` where there is no contract. */
export async function tokenFacts(token: Address, { accounts, funds }: Chain): Promise<Token | null> {
  const facts = await funds.tokenFacts(token);
  if (facts.kind !== 'absent') {
    const { symbol, decimals } = answered(facts, `The token ${token}`);
    return { token, symbol: symbol.replace(STRANGE, '?').slice(0, LONGEST_SYMBOL) || '?', decimals };
  }
  if (answered(await accounts.isContract(token), `The account ${token}`)) return null;
  throw new BlockhostError('chain.absent', `There is no contract at ${token}.`, {
    remedy: 'Check the address and the chain.',
  });
}
