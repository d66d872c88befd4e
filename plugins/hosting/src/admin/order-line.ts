import type { OrderRecord } from './order-store.js';

/** An order as people read it, its fields parted by tabs. */
export function orderLine({ receivedAt, transactionHash, state, action, reason }: OrderRecord): string {
  return [new Date(receivedAt).toISOString(), transactionHash, state, action ?? '-', reason ?? ''].join('\t');
}
