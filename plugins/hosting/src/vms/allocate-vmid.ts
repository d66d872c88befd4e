import { BlockhostError, type HostConfig } from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import type { Knex } from 'knex';

/** Numbers for VMs, for hypervisors that know them by one (provisioners.md 4.5). */
export interface VmidRange {
  readonly start: number;
  readonly end: number;
  /** Those the hypervisor uses already, templates too. */
  readonly inUse: ReadonlySet<number>;
}

/** `vmid_range` of db.yaml, or its older name `vmid_pool`. Throws `vm-store.no-vmid-range`, `config.invalid`. */
export async function vmidRange(config: HostConfig, inUse: readonly number[]): Promise<VmidRange> {
  const db = await config.find(DB_YAML);
  const key = db?.vmid_range === undefined ? 'vmid_pool' : 'vmid_range';
  const range = db?.[key];
  if (range === undefined)
    throw new BlockhostError('vm-store.no-vmid-range', 'This host has no numbers to give to VMs.', {
      remedy: 'Put vmid_range (start, end) into db.yaml.',
      exitCode: 7,
    });
  const { start, end } = (range ?? {}) as { readonly start?: unknown; readonly end?: unknown };
  if (isVmid(start) && isVmid(end) && start <= end) return { start, end, inUse: new Set(inUse) };
  throw new BlockhostError('config.invalid', `db.yaml: /${key} is ${JSON.stringify(range)}.`, {
    facts: { expected: 'start and end, two positive whole numbers, the end not before the start' },
    remedy: 'Correct db.yaml.',
  });
}

/**
 * The next number that was never given; past the end of the range the lowest that no live VM and nothing on the hypervisor
 * has. Runs inside the caller's transaction. Throws `vm-store.pool-exhausted`.
 */
export async function allocateVmid(tx: Knex, { start, end, inUse }: VmidRange): Promise<number> {
  const live: number[] = await tx('vms').where('vmid', '>', 0).whereNot('status', 'destroyed').pluck('vmid');
  const taken = new Set([...live, ...inUse]);
  const counter = await tx('vmid_counter').first('next_vmid');
  const vmid =
    firstFree(Math.max(counter?.next_vmid ?? start, start), end, taken) ?? firstFree(start, end, taken);
  if (vmid === null)
    throw new BlockhostError('vm-store.pool-exhausted', 'Every number for VMs is taken.', {
      facts: { range: `${start} to ${end}` },
      remedy: 'Enlarge vmid_range in db.yaml, or destroy VMs that are no longer paid for.',
      exitCode: 7,
    });
  await setNextVmid(tx, vmid + 1);
  return vmid;
}

export async function setNextVmid(tx: Knex, next: number): Promise<void> {
  await tx('vmid_counter').insert({ id: 1, next_vmid: next }).onConflict('id').merge();
}

/** Looks no further than one past those that are taken. */
function firstFree(from: number, to: number, taken: ReadonlySet<number>): number | null {
  for (let vmid = from; vmid <= to; vmid += 1) if (!taken.has(vmid)) return vmid;
  return null;
}

function isVmid(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
