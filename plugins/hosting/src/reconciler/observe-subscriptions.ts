import type { Presence, Subscription, VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import type { Entry } from '../pipeline/entry.js';
import type { Host } from '../pipeline/host.js';
import { isAside } from '../pipeline/set-aside.js';
import type { Paced } from './paced.js';

/** Subscriptions that one run asks for; the others have their turn in the next ones. */
const MOST_QUESTIONS = 50;

/** Subscriptions of the VMs whose turn it is, by VM name: those asked longest ago first. */
export async function observeSubscriptions(
  records: readonly { readonly vm: VmRecord; readonly creation: Entry | null }[],
  { chain, database, ask }: Pick<Host, 'chain' | 'database'> & { readonly ask: Paced },
): Promise<ReadonlyMap<string, Presence<Subscription>>> {
  const rows: { vm_name: string; checked_at: number }[] = await database('checked_subscriptions').select();
  const checkedAt = new Map(rows.map((row) => [row.vm_name, row.checked_at]));
  const turns = records
    .flatMap(({ vm, creation }) => {
      const id = vm.status === 'creating' ? null : subscriptionOf(vm, creation);
      return id === null ? [] : [{ name: vm.name, id, since: checkedAt.get(vm.name) ?? 0 }];
    })
    .sort((a, b) => a.since - b.since)
    .slice(0, MOST_QUESTIONS);

  const found = new Map<string, Presence<Subscription>>();
  for (const { name, id } of turns) found.set(name, await ask(() => chain.subscriptions.get(BigInt(id))));
  return found;
}

/** These have had their turn; VMs that are gone leave the list. */
export async function noteTurns(
  tx: Knex,
  asked: readonly string[],
  live: readonly string[],
  now: number,
): Promise<void> {
  for (const vm_name of asked)
    await tx('checked_subscriptions').insert({ vm_name, checked_at: now }).onConflict('vm_name').merge();
  const rows: string[] = await tx('checked_subscriptions').pluck('vm_name');
  const isLive = new Set(live);
  for (const vm_name of rows)
    if (!isLive.has(vm_name)) await tx('checked_subscriptions').where({ vm_name }).delete();
}

/**
 * The subscription that pays for a VM. None when an operator made it, and when its purchase vanished from the chain: the
 * number may be another purchase's now.
 */
function subscriptionOf({ name, planId }: VmRecord, creation: Entry | null): string | null {
  if (creation) return isAside(creation) ? null : creation.subscriptionId;
  const [, digits] = /^blockhost-(\d{3,})$/.exec(name) ?? [];
  return planId === null || digits === undefined ? null : String(BigInt(digits));
}
