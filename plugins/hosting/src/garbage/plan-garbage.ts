import type { VmRecord } from '@blockhost/kernel';

export interface GarbagePlan {
  /** Paid time is over. */
  readonly suspend: readonly VmRecord[];
  /** Suspended for that, and the grace is over too. */
  readonly destroy: readonly VmRecord[];
}

/** No run ends more VMs than that: a mistake in a clock or a file must not empty a host. The next run goes on. */
export const MOST_DESTROYED = 20;

/** What is due by the records alone (provisioners.md 3.8). Whoever acts reads each record again first. */
export function planGarbage(records: readonly VmRecord[], now: number, graceMs: number): GarbagePlan {
  return {
    suspend: records.filter((record) => isToSuspend(record, now)),
    destroy: records.filter((record) => isToDestroy(record, now, graceMs)),
  };
}

export function isToSuspend({ status, expiresAt }: VmRecord, now: number): boolean {
  return status === 'active' && now > Date.parse(expiresAt);
}

/** Suspended by a person, for abuse or otherwise: that person decides what becomes of it. */
export function isToDestroy(
  { status, suspendReason, suspendedAt, expiresAt }: VmRecord,
  now: number,
  graceMs: number,
): boolean {
  const isOurs = status === 'suspended' && (suspendReason === null || suspendReason === 'expiry');
  const since = Math.max(Date.parse(expiresAt), suspendedAt === null ? 0 : Date.parse(suspendedAt));
  return isOurs && now > since + graceMs;
}
