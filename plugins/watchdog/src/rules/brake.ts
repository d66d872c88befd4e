const HOUR_MS = 3_600_000;
/** One VM of that many may be held or taken off in an hour without a person's word. */
const ONE_OF = 10;

export interface Act {
  /** Operation id of the VM. */
  readonly vm: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/**
 * The global brake (provisioners.md 9.2): a mistake in the rules, or in the figures, must not take a host down. Counts VMs,
 * not acts, since an hour ago or since a person confirmed, whichever is later.
 */
export function isBraked(
  vm: string,
  acts: readonly Act[],
  {
    vms,
    now,
    confirmedAt,
  }: { readonly vms: number; readonly now: number; readonly confirmedAt: number | null },
): boolean {
  const since = Math.max(now - HOUR_MS, confirmedAt ?? 0);
  const held = new Set(acts.filter(({ at }) => at > since).map((act) => act.vm));
  return !held.has(vm) && held.size >= Math.max(1, Math.floor(vms / ONE_OF));
}
