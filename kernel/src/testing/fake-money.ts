import type { Address, PaymentMethod } from '../ports/chain-engine.js';
import { type FakeAct, MARKET } from './fake-acts.js';

/** What the market pays for a coin, and how many cents of stablecoin stand behind that. */
export interface FakeMarket {
  readonly centsPerCoin: bigint;
  readonly liquidityCents: bigint;
}

const STABLECOIN_DECIMALS = 6;
const COIN = 10n ** 18n;

/** Everybody's money, what the subscription contract takes for money, and a market whose rate the test sets. */
export class FakeMoney {
  readonly #balances = new Map<string, bigint>();
  readonly #allowances = new Map<string, bigint>();
  readonly #methods: PaymentMethod[] = [];
  /** Cents of a whole token. */
  readonly #prices = new Map<Address, bigint>();
  stablecoin: Address | null = null;
  /** Of every transaction, in base units. */
  fee = 0n;
  market: FakeMarket | null = null;

  balance(token: Address | null, of: Address): bigint {
    return this.#balances.get(key(token, of)) ?? 0n;
  }

  credit(token: Address | null, to: Address, amount: bigint): void {
    this.#balances.set(key(token, to), this.balance(token, to) + amount);
  }

  move(token: Address | null, from: Address, to: Address, amount: bigint): void {
    this.credit(token, from, -amount);
    this.credit(token, to, amount);
  }

  /** What a purse that holds less than the fee cannot pay, it does not pay. */
  payFee(from: Address): void {
    const purse = this.balance(null, from);
    this.credit(null, from, purse < this.fee ? -purse : -this.fee);
  }

  /** The stablecoin first, as method 1. */
  get methods(): readonly PaymentMethod[] {
    const { stablecoin } = this;
    if (stablecoin === null) return this.#methods;
    return [{ id: 1n, token: stablecoin, decimals: STABLECOIN_DECIMALS, active: true }, ...this.#methods];
  }

  /** Another way to pay; null: nobody knows what the token is worth. */
  addMethod(token: Address, decimals: number, centsPerToken: bigint | null): void {
    this.#methods.push({ id: BigInt(this.#methods.length + 2), token, decimals, active: true });
    this.setPrice(token, centsPerToken);
  }

  setPrice(token: Address, centsPerToken: bigint | null): void {
    if (centsPerToken === null) this.#prices.delete(token);
    else this.#prices.set(token, centsPerToken);
  }

  switchMethod(token: Address, active: boolean): void {
    const index = this.#methods.findIndex((method) => method.token === token);
    const found = this.#methods[index];
    if (!found) throw new Error(`the fake chain takes no ${token}`);
    this.#methods[index] = { ...found, active };
  }

  cents(token: Address, amount: bigint): bigint | undefined {
    const price = token === this.stablecoin ? 100n : this.#prices.get(token);
    const method = this.methods.find((one) => one.token === token);
    return price === undefined || !method ? undefined : (amount * price) / 10n ** BigInt(method.decimals);
  }

  /** Opens the market at a rate, or shuts it; its coins are what stands behind the rate. */
  setMarket(market: FakeMarket | null): void {
    this.market = market;
    const coins = market === null ? 0n : (market.liquidityCents * COIN) / market.centsPerCoin;
    this.#balances.set(key(null, MARKET), coins);
  }

  /** Coins for so much of a token; undefined without a market. */
  quote(token: Address, amount: bigint): bigint | undefined {
    // A cent is too coarse: the rate is that of a whole number of tokens.
    const cents = this.cents(token, amount * COIN);
    return this.market === null || cents === undefined ? undefined : cents / this.market.centsPerCoin;
  }

  coinCents(amount: bigint): bigint | undefined {
    return this.market === null ? undefined : (amount * this.market.centsPerCoin) / COIN;
  }

  allowance(token: Address, owner: Address): bigint {
    return this.#allowances.get(key(token, owner)) ?? 0n;
  }

  approve(token: Address, owner: Address, amount: bigint): void {
    this.#allowances.set(key(token, owner), amount);
  }

  exchangeRefusal(from: Address, order: Extract<FakeAct, { do: 'exchange' }>, now: number): string | null {
    const out = this.quote(order.token, order.amount);
    if (out === undefined) return 'there is no market';
    if (order.deadline < now) return 'EXPIRED';
    if (this.allowance(order.token, from) < order.amount) return 'the market is not allowed as much';
    if (this.balance(order.token, from) < order.amount) return 'balance too low';
    return out < order.minimumOut || out > this.balance(null, MARKET) ? 'INSUFFICIENT_OUTPUT_AMOUNT' : null;
  }

  exchange(from: Address, { token, amount, to }: Extract<FakeAct, { do: 'exchange' }>): void {
    const out = this.quote(token, amount) ?? 0n;
    this.approve(token, from, this.allowance(token, from) - amount);
    this.move(token, from, MARKET, amount);
    this.move(null, MARKET, to, out);
  }
}

const key = (token: Address | null, of: Address) => `${token ?? 'native'}/${of}`;
