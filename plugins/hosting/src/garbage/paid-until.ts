import type { ChainEngine, VmRecord } from '@blockhost/kernel';

/** What the chain says of the time a VM is paid for. `unknown` forbids to end it. */
export type PaidTime =
  | { readonly kind: 'until'; readonly ms: number }
  | { readonly kind: 'cancelled' }
  /** No subscription belongs to it: an operator made it. */
  | { readonly kind: 'none' }
  | { readonly kind: 'unknown'; readonly reason: string };

/** VMs of subscriptions carry their number (engine.md 3.3) and their plan. */
const NAME = /^blockhost-(\d+)$/;

export async function paidTime(
  { name, planId }: Pick<VmRecord, 'name' | 'planId'>,
  { subscriptions }: Pick<ChainEngine, 'subscriptions'>,
): Promise<PaidTime> {
  const [, id] = NAME.exec(name) ?? [];
  if (id === undefined || planId === null) return { kind: 'none' };
  const found = await subscriptions.get(BigInt(id));
  switch (found.kind) {
    case 'present':
      return found.value.cancelled
        ? { kind: 'cancelled' }
        : { kind: 'until', ms: found.value.expiresAt * 1_000 };
    case 'absent':
      return { kind: 'unknown', reason: `the chain has no subscription ${id}` };
    case 'unknown':
      return found;
  }
}
