import {
  type PowerState,
  type Presence,
  sentenceOf,
  unknown,
  type VmListing,
  type VmRecord,
} from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';

/** Records missing from the list that one run asks for by name. */
const MOST_QUESTIONS = 20;
const LIST_MS = 60_000;

export interface Machines {
  powerOf(vm: VmRecord): PowerState | 'absent' | 'unknown';
  /** Machines that no live record names; null when the list is not known. */
  readonly strangers: readonly VmListing[] | null;
}

/** What the hypervisor has. A record that its list lacks is missing only when `status` says so too. */
export async function observeMachines(
  records: readonly VmRecord[],
  { provisioner }: Pick<Host, 'provisioner'>,
  signal: AbortSignal,
): Promise<Machines> {
  const listing = await inTime(provisioner.list(), LIST_MS, signal);
  if (listing.kind !== 'present') return { powerOf: () => 'unknown', strangers: null };
  const listed = new Map(listing.value.map((machine) => [machine.name, machine]));
  const powers = new Map<string, PowerState | 'absent' | 'unknown'>();
  let questions = 0;
  for (const vm of records) {
    const machine = listed.get(vm.name);
    const isSame = machine && (vm.backendRef === null || vm.backendRef === machine.backendRef);
    if (isSame) powers.set(vm.name, machine.power);
    if (isSame || vm.status === 'creating' || questions >= MOST_QUESTIONS) continue;
    questions += 1;
    const status = await inTime(provisioner.status(vm), LIST_MS, signal);
    powers.set(vm.name, status.kind === 'present' ? status.value : status.kind);
  }
  const names = new Set(records.map(({ name }) => name));
  return {
    powerOf: ({ name }) => powers.get(name) ?? 'unknown',
    strangers: listing.value.filter(({ name }) => !names.has(name)),
  };
}

/** A provisioner that throws or never answers does not know. */
async function inTime<T>(
  answer: Promise<Presence<T>>,
  ms: number,
  signal: AbortSignal,
): Promise<Presence<T>> {
  const late = Promise.withResolvers<Presence<T>>();
  const timer = setTimeout(() => late.resolve(unknown('it takes too long')), ms);
  const stop = () => late.reject(signal.reason);
  signal.addEventListener('abort', stop, { once: true });
  try {
    return await Promise.race([answer.catch((error: unknown) => unknown(sentenceOf(error))), late.promise]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', stop);
  }
}
