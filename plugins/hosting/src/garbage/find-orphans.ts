import type { VmRef } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { knownFindings } from '../reconciler/findings.js';
import { RESERVED } from '../state/import-vms.js';

/** Nothing is taken for an orphan for good before that: somebody may be at work on it. */
const PATIENCE_MS = 3_600_000;

/** A thing without an owner (provisioners.md 3.8, phase 0). */
export type Orphan = {
  /** Name of the VM it belonged to. */
  readonly subject: string;
  readonly sentence: string;
  /** It has been an orphan for an hour, as far as the host can tell. */
  readonly isOld: boolean;
} & (
  | { readonly kind: 'machine'; readonly ref: VmRef }
  | { readonly kind: 'order'; readonly operationId: string }
  | { readonly kind: 'quarantine' }
);

/**
 * Machines without a record, orders that nobody works on, and addresses in quarantine. A hypervisor that does not answer
 * has no orphans; since when a machine is one, the reconciler knows.
 */
export async function findOrphans({ database, vms, provisioner, clock }: Host): Promise<readonly Orphan[]> {
  const listing = await provisioner.list();
  // Read after the listing, so that a VM that was made meanwhile has its record.
  const records = new Set((await vms.list()).map(({ name }) => name));
  const isOld = (since: number | undefined) => since !== undefined && clock.now() >= since + PATIENCE_MS;
  const seen = new Map(
    (await knownFindings(database))
      .filter(({ kind }) => kind === 'machine-unknown')
      .map(({ subject, firstSeen }) => [subject, firstSeen]),
  );
  const machines = listing.kind === 'present' ? listing.value.filter(({ name }) => !records.has(name)) : [];
  const open = database('pipeline_entries').whereIn('state', ['queued', 'active']).select('operation_id');
  const orders: { name: string; operation_id: string; started_at: string }[] = await database('vm_operations')
    .join('vms', 'vms.id', 'vm_operations.vm_id')
    .whereNotIn('vm_operations.operation_id', open)
    .select('vms.name', 'vm_operations.operation_id', 'vm_operations.started_at');
  const quarantined: string[] = await database('vm_addresses')
    .whereNotNull('quarantined_for')
    .whereNot({ quarantined_for: RESERVED })
    .distinct()
    .pluck('quarantined_for');
  return [
    ...machines.map(({ name, backendRef }) => ({
      kind: 'machine' as const,
      subject: name,
      ref: { name, backendRef },
      sentence: `${name} (${backendRef}) stands, and no record knows it.`,
      isOld: isOld(seen.get(name)),
    })),
    ...orders.map(({ name, operation_id, started_at }) => ({
      kind: 'order' as const,
      subject: name,
      operationId: operation_id,
      sentence: `${name} was ordered at ${started_at}, and nobody works on it.`,
      isOld: isOld(Date.parse(started_at)),
    })),
    ...quarantined.map((name) => ({
      kind: 'quarantine' as const,
      subject: name,
      sentence: `Addresses of ${name} are in quarantine.`,
      isOld: true,
    })),
  ];
}
