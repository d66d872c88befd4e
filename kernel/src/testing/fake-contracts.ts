import type { Address, ChainEvent, EventPlace, Hex } from '../ports/chain-engine.js';
import { type FakeAct, SUBSCRIPTIONS } from './fake-acts.js';
import { FakeMoney } from './fake-money.js';

const DAY = 86_400;
/** Base units of the stablecoin for a cent. */
const CENT = 10_000n;

/** A transaction that carries data. */
export interface FakeCarried {
  readonly from: Address;
  readonly to: Address;
  readonly data: Hex;
  readonly height: number;
  readonly transactionHash: Hex;
  readonly minedAt: number;
}

interface Subscription {
  readonly planId: bigint;
  readonly subscriber: Address;
  expiresAt: number;
  cancelled: boolean;
}

/** State of the host's two contracts and of everybody's money; rebuilt by replaying the blocks of a history. A buyer's purse is bottomless. */
export class FakeContracts {
  /** By id; a burnt one keeps its place. */
  readonly credentials: { owner: Address; userData: Hex; burnt: boolean }[] = [];
  readonly mints: { tokenId: bigint; to: Address; height: number; transactionHash: Hex }[] = [];
  readonly plans: { name: string; price: bigint }[] = [];
  readonly subscriptions: Subscription[] = [];
  readonly events: ChainEvent[] = [];
  readonly undecodable: (EventPlace & { reason: string; raw: string })[] = [];
  readonly sequences = new Map<Address, number>();
  /** Transactions that carry data, as the administrator's do. */
  readonly carried: FakeCarried[] = [];
  readonly money = new FakeMoney();

  constructor(private readonly owner: Address) {}

  /** A credential that exists. */
  credential(tokenId: bigint): { owner: Address; userData: Hex } | undefined {
    const found = this.credentials[Number(tokenId)];
    return found && !found.burnt ? found : undefined;
  }

  /** Why `act` would revert in a block of that time, or null. */
  refusal(from: Address, act: FakeAct, now: number): string | null {
    switch (act.do) {
      case 'mint':
      case 'update-user-data':
      case 'create-plan':
      case 'set-stablecoin':
      case 'withdraw':
        if (from !== this.owner) return 'caller is not the owner';
        if (act.do === 'create-plan' && act.price === 0n) return 'the price is zero';
        return act.do === 'update-user-data' && !this.credential(act.tokenId) ? 'no such token' : null;
      case 'transfer-credential':
      case 'burn-credential':
        return this.credential(act.tokenId)?.owner === from ? null : 'not the owner of the token';
      case 'buy':
        return this.plans[Number(act.planId) - 1] ? null : 'no such plan';
      case 'extend':
      case 'cancel':
        return this.subscriptions[Number(act.subscriptionId) - 1] ? null : 'no such subscription';
      case 'send':
        return this.money.balance(act.token, from) >= act.amount ? null : 'balance too low';
      case 'exchange':
        return this.money.exchangeRefusal(from, act, now);
      case 'approve':
        return act.amount > 0n && this.money.allowance(act.token, from) > 0n
          ? 'take the old allowance back first'
          : null;
      case 'carry':
      case 'garble':
        return null;
    }
  }

  apply(from: Address, act: FakeAct, place: EventPlace, timestamp: number): void {
    switch (act.do) {
      case 'mint': {
        const { to: owner, userData } = act;
        const tokenId = BigInt(this.credentials.push({ owner, userData, burnt: false }) - 1);
        this.mints.push({
          tokenId,
          to: act.to,
          height: place.height,
          transactionHash: place.transactionHash,
        });
        this.#transferred(place, tokenId, null, act.to);
        return;
      }
      case 'update-user-data':
        this.#credential(act.tokenId).userData = act.userData;
        return;
      case 'transfer-credential':
        this.#credential(act.tokenId).owner = act.to;
        this.#transferred(place, act.tokenId, from, act.to);
        return;
      case 'burn-credential':
        Object.assign(this.#credential(act.tokenId), { burnt: true, userData: '0x' });
        this.#transferred(place, act.tokenId, from, null);
        return;
      case 'create-plan': {
        const id = this.plans.push({ name: act.name, price: act.price });
        this.#catalogue(place, 'PlanCreated', { planId: String(id), name: act.name });
        return;
      }
      case 'set-stablecoin':
        this.money.stablecoin = act.token;
        this.#catalogue(place, 'PrimaryStablecoinSet', { token: act.token });
        return;
      case 'send':
        this.money.move(act.token, from, act.to, act.amount);
        return;
      case 'approve':
        this.money.approve(act.token, from, act.amount);
        return;
      case 'exchange':
        this.money.exchange(from, act);
        return;
      case 'carry': {
        const { height, transactionHash } = place;
        this.carried.push({ from, to: act.to, data: act.data, height, transactionHash, minedAt: timestamp });
        return;
      }
      case 'withdraw': {
        const amount = this.money.balance(act.token, SUBSCRIPTIONS);
        this.money.move(act.token, SUBSCRIPTIONS, act.to, amount);
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
          paidAmount: this.#pay(planId, act.days),
          paymentToken: this.money.stablecoin,
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
          paidAmount: this.#pay(subscription.planId, act.days),
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

  #transferred(place: EventPlace, tokenId: bigint, from: Address | null, to: Address | null): void {
    this.events.push({ ...place, type: 'credential-transferred', tokenId, from, to });
  }

  /** What so many days cost, now in the contract. */
  #pay(planId: bigint, days: number): bigint {
    const amount = (this.plans[Number(planId) - 1]?.price ?? 0n) * BigInt(days) * CENT;
    if (this.money.stablecoin !== null) this.money.credit(this.money.stablecoin, SUBSCRIPTIONS, amount);
    return amount;
  }

  #credential(tokenId: bigint): { owner: Address; userData: Hex } {
    const found = this.credential(tokenId);
    if (!found) throw new Error(`the fake chain has no credential ${tokenId}`);
    return found;
  }

  #subscription(id: bigint): Subscription {
    const found = this.subscriptions[Number(id) - 1];
    if (!found) throw new Error(`the fake chain has no subscription ${id}`);
    return found;
  }
}
