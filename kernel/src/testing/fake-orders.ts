import {
  encodeHex,
  openTextFrom,
  parsePrivateKey,
  parsePublicKey,
  publicKeyOf,
  sealTextTo,
} from '../crypto/index.js';
import type { Address, AdminEnvelope, AdminOrder, AdminTransport, Hex } from '../ports/chain-engine.js';
import type { FakeCarried } from './fake-contracts.js';

/** What an administrator writes; the fake chain seals it to the server key, as JSON. */
export interface FakeOrder {
  readonly command: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly nonce: string;
  /** Epoch seconds. */
  readonly timestamp: number;
}

export function sealFakeOrder(serverPublicKey: Hex, order: FakeOrder): Hex {
  return sealTextTo(parsePublicKey(serverPublicKey), JSON.stringify(order));
}

/** Nobody holds its key. */
export const NOBODY: Address = `fake1${'d'.repeat(38)}`;

/** What the administrator's wallet sends to give an order. */
export function sealedOrder(
  { command, parameters, issuedAt }: Parameters<AdminTransport['seal']>[0],
  { wallet, destination, serverKey }: AdminEnvelope,
): { readonly to: Address; readonly data: Hex } {
  const order = { command, params: parameters, nonce: crypto.randomUUID(), timestamp: issuedAt };
  const to = typeof destination === 'string' ? wallet : destination.address;
  return { to, data: sealFakeOrder(encodeHex(publicKeyOf(parsePrivateKey(serverKey))), order) };
}

/** The orders among what was carried. */
export function fakeOrders(
  carried: readonly FakeCarried[],
  { wallet, destination, serverKey }: AdminEnvelope,
): AdminOrder[] {
  const fits = ({ from, to }: FakeCarried) =>
    from === wallet &&
    (destination === 'any' || to === (destination === 'self' ? wallet : destination.address));
  return carried.filter(fits).flatMap(({ data, transactionHash, height, minedAt }) => {
    const order = opened(data, serverKey);
    if (order === null) return [];
    const { command, params: parameters = {}, nonce, timestamp } = order;
    return [{ transactionHash, height, minedAt, command, parameters, nonce, freshness: { timestamp } }];
  });
}

function opened(data: Hex, serverKey: string): FakeOrder | null {
  try {
    const order = JSON.parse(openTextFrom(parsePrivateKey(serverKey), data)) as FakeOrder;
    const { command, nonce, timestamp } = order;
    const sound = typeof command === 'string' && typeof nonce === 'string' && Number.isInteger(timestamp);
    return sound ? order : null;
  } catch {
    return null;
  }
}
