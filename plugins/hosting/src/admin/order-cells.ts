import { shownTime } from '../status/shown-time.js';
import type { OrderRecord } from './order-store.js';

/** An order as people read it, in columns. */
export function orderCells({ receivedAt, transactionHash, state, action, reason }: OrderRecord): string[] {
  return [shownTime(receivedAt), transactionHash, state, action ?? '-', reason ?? ''];
}
