import type { Address, ChainEvent, EventPlace, Hex } from '../ports/chain-engine.js';

/** What a transaction of the fake chain does. Amounts and ids are bigints, times epoch seconds. */
export type FakeAct =
  | { readonly do: 'mint'; readonly to: Address; readonly userData: Hex }
  | { readonly do: 'update-user-data'; readonly tokenId: bigint; readonly userData: Hex }
  | { readonly do: 'transfer-credential'; readonly tokenId: bigint; readonly to: Address }
  | { readonly do: 'create-plan'; readonly name: string; readonly price: bigint }
  | { readonly do: 'set-stablecoin'; readonly token: Address }
  | { readonly do: 'send'; readonly token: Address | null; readonly to: Address; readonly amount: bigint }
  | { readonly do: 'withdraw'; readonly token: Address; readonly to: Address }
  | { readonly do: 'buy'; readonly planId: bigint; readonly days: number; readonly userEncrypted: Hex }
  | { readonly do: 'extend'; readonly subscriptionId: bigint; readonly days: number }
  | { readonly do: 'cancel'; readonly subscriptionId: bigint }
  | { readonly do: 'garble'; readonly raw: string };

export const CREDENTIALS: Address = `fake1${'c'.repeat(38)}`;
export const SUBSCRIPTIONS: Address = `fake1${'5'.repeat(38)}`;
const DAY = 86_400;

interface Subscription {
  readonly planId: bigint;
  readonly subscriber: Address;
  expiresAt: number;
  cancelled: boolean;
}

/** State of the host's two contracts and of everybody's money; rebuilt by replaying the blocks of a history. */
export class FakeContracts {
  readonly credentials: { owner: Address; userData: Hex }[] = [];
  readonly mints: { tokenId: bigint; to: Address; height: number; transactionHash: Hex }[] = [];
  readonly plans: { name: string; price: bigint }[] = [];
  readonly subscriptions: Subscription[] = [];
  readonly events: ChainEvent[] = [];
  readonly undecodable: (EventPlace & { reason: string; raw: string })[] = [];
  readonly sequences = new Map<Address, number>();
  readonly #balances = new Map<string, bigint>();
  stablecoin: Address | null = null;

  constructor(
    private readonly owner: Address,
    funds: ReadonlyMap<Address, bigint>,
  ) {
    for (const [address, amount] of funds) this.#balances.set(key(null, address), amount);
  }

  balance(token: Address | null, of: Address): bigint {
    return this.#balances.get(key(token, of)) ?? 0n;
  }

  /** Why `act` would revert, or null. */
  refusal(from: Address, act: FakeAct): string | null {
    switch (act.do) {
      case 'mint':
      case 'update-user-data':
      case 'create-plan':
      case 'set-stablecoin':
      case 'withdraw':
        if (from !== this.owner) return 'caller is not the owner';
        if (act.do === 'create-plan' && act.price === 0n) return 'the price is zero';
        return act.do === 'update-user-data' && !this.credentials[Number(act.tokenId)]
          ? 'no such token'
          : null;
      case 'transfer-credential':
        return this.credentials[Number(act.tokenId)]?.owner === from ? null : 'not the owner of the token';
      case 'buy':
        return this.plans[Number(act.planId) - 1] ? null : 'no such plan';
      case 'extend':
      case 'cancel':
        return this.subscriptions[Number(act.subscriptionId) - 1] ? null : 'no such subscription';
      case 'send':
        return this.balance(act.token, from) >= act.amount ? null : 'balance too low';
      case 'garble':
        return null;
    }
  }

  apply(from: Address, act: FakeAct, place: EventPlace, timestamp: number): void {
    switch (act.do) {
      case 'mint': {
        const tokenId = BigInt(this.credentials.push({ owner: act.to, userData: act.userData }) - 1);
        this.mints.push({
          tokenId,
          to: act.to,
          height: place.height,
          transactionHash: place.transactionHash,
        });
        this.events.push({ ...place, type: 'credential-transferred', tokenId, from: null, to: act.to });
        return;
      }
      case 'update-user-data':
        this.#credential(act.tokenId).userData = act.userData;
        return;
      case 'transfer-credential':
        this.#credential(act.tokenId).owner = act.to;
        this.events.push({
          ...place,
          type: 'credential-transferred',
          tokenId: act.tokenId,
          from,
          to: act.to,
        });
        return;
      case 'create-plan': {
        const id = this.plans.push({ name: act.name, price: act.price });
        this.#catalogue(place, 'PlanCreated', { planId: String(id), name: act.name });
        return;
      }
      case 'set-stablecoin':
        this.stablecoin = act.token;
        this.#catalogue(place, 'PrimaryStablecoinSet', { token: act.token });
        return;
      case 'send':
        this.#move(act.token, from, act.to, act.amount);
        return;
      case 'withdraw': {
        const amount = this.balance(act.token, SUBSCRIPTIONS);
        this.#move(act.token, SUBSCRIPTIONS, act.to, amount);
        this.events.push({ ...place, type: 'funds-withdrawn', token: act.token, to: act.to, amount });
        return;
      }
      case 'buy': {
        const expiresAt = timestamp + act.days * DAY;
        const { planId, userEncrypted } = act;
        const id = this.subscriptions.push({ planId, subscriber: from, expiresAt, cancelled: false });
        this.events.push({
          ...place,
          type: 'subscription-created',
          subscriptionId: BigInt(id),
          planId,
          subscriber: from,
          expiresAt,
          paidAmount: BigInt(act.days),
          paymentToken: this.stablecoin,
          userEncrypted,
        });
        return;
      }
      case 'extend': {
        const subscription = this.#subscription(act.subscriptionId);
        subscription.expiresAt = Math.max(subscription.expiresAt, timestamp) + act.days * DAY;
        this.events.push({
          ...place,
          type: 'subscription-extended',
          subscriptionId: act.subscriptionId,
          planId: subscription.planId,
          extendedBy: from,
          newExpiresAt: subscription.expiresAt,
          paidAmount: BigInt(act.days),
        });
        return;
      }
      case 'cancel': {
        const subscription = this.#subscription(act.subscriptionId);
        subscription.cancelled = true;
        const { planId, subscriber } = subscription;
        this.events.push({
          ...place,
          type: 'subscription-cancelled',
          subscriptionId: act.subscriptionId,
          planId,
          subscriber,
        });
        return;
      }
      case 'garble':
        this.undecodable.push({ ...place, reason: 'it is garbled on purpose', raw: act.raw });
    }
  }

  #catalogue(place: EventPlace, name: string, fields: Readonly<Record<string, string>>): void {
    this.events.push({ ...place, type: 'catalogue-changed', name, fields });
  }

  #move(token: Address | null, from: Address, to: Address, amount: bigint): void {
    this.#balances.set(key(token, from), this.balance(token, from) - amount);
    this.#balances.set(key(token, to), this.balance(token, to) + amount);
  }

  #credential(tokenId: bigint): { owner: Address; userData: Hex } {
    const found = this.credentials[Number(tokenId)];
    if (!found) throw new Error(`the fake chain has no credential ${tokenId}`);
    return found;
  }

  #subscription(id: bigint): Subscription {
    const found = this.subscriptions[Number(id) - 1];
    if (!found) throw new Error(`the fake chain has no subscription ${id}`);
    return found;
  }
}

const key = (token: Address | null, of: Address) => `${token ?? 'native'}/${of}`;
