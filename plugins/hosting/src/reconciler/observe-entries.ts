import type { VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { type Entry, toEntry } from '../pipeline/entry.js';
import { versionHashes } from '../pipeline/version-hashes.js';

/** Values bound in one statement. */
const BATCH = 500;

export interface ObservedEntries {
  /** The purchase a VM was made for. */
  creationOf(vm: VmRecord): Entry | null;
  /** An entry for that VM waits or is worked on. */
  isAwaited(vm: VmRecord): boolean;
  readonly failed: readonly Entry[];
}

/** The entries that concern live VMs, and those that failed: not the thousands that may wait for their VM. */
export async function observeEntries(database: Knex, records: readonly VmRecord[]): Promise<ObservedEntries> {
  const creations = new Map<string, Entry>();
  const awaited = new Set<string>();
  for (let from = 0; from < records.length; from += BATCH) {
    const batch = records.slice(from, from + BATCH);
    const rows = await database('pipeline_entries')
      .where({ kind: 'create' })
      .whereIn(
        'operation_id',
        batch.map(({ operationId }) => operationId),
      );
    for (const entry of rows.map(toEntry)) creations.set(entry.operationId, entry);
    const names: string[] = await database('pipeline_entries')
      .whereIn('state', ['queued', 'active'])
      .whereIn(
        'vm_name',
        batch.map(({ name }) => name),
      )
      .pluck('vm_name');
    for (const name of names) awaited.add(name);
  }
  const failed = await database('pipeline_entries').where({ state: 'failed' }).orderBy('seq');
  return {
    creationOf: ({ operationId }) => creations.get(operationId) ?? null,
    isAwaited: ({ name }) => awaited.has(name),
    failed: failed.map(toEntry),
  };
}

/** What other purchases claim: their unfinished creations for that buyer, and every mint they signed. */
export async function claimsOfOthers(
  database: Knex,
  buyer: string,
  operationId: string,
): Promise<{ readonly isBuying: boolean; readonly hashes: ReadonlySet<string> }> {
  const others = () =>
    database('pipeline_entries').where({ kind: 'create' }).whereNot({ operation_id: operationId });
  const buying = await others()
    .where({ subscriber: buyer })
    .whereNotIn('state', ['done', 'cancelled'])
    .first('id');
  const mints: string[] = await others().whereNotNull('mint').pluck('mint');
  return {
    isBuying: buying !== undefined,
    hashes: new Set(mints.flatMap((mint) => versionHashes(JSON.parse(mint)))),
  };
}
