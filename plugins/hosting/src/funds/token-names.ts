import type { Address, ChainEngine } from '@blockhost/kernel';
import { type Asset, tokenFacts } from '../wallets/asset.js';

/** Symbols and decimals of tokens, asked once each; what cannot be read is shown by address and in base units. */
export class TokenNames {
  readonly #known = new Map<Address, Promise<Asset>>();

  constructor(private readonly chain: ChainEngine) {}

  of(token: Address | null): Promise<Asset> {
    const { symbol, decimals } = this.chain.chain.native;
    if (token === null) return Promise.resolve({ token, symbol, decimals });
    const found = this.#known.get(token) ?? this.#ask(token);
    this.#known.set(token, found);
    return found;
  }

  async #ask(token: Address): Promise<Asset> {
    const facts = await tokenFacts(token, this.chain).catch(() => null);
    return facts ?? { token, symbol: token, decimals: 0 };
  }
}
