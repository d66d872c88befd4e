import path from 'node:path';
import { BlockhostError, type HostConfig, makeFolder } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import type { Knex } from 'knex';
import { exportVms } from './export-vms.js';
import { withFlock } from './flock.js';
import { readVmsFile, writeVmsFile } from './vms-file.js';
import type { VmsJson } from './vms-json.js';

/** Whether `state.mirror_vms_json` asks for a `vms.json` beside the database. */
export async function isMirrored(config: HostConfig): Promise<boolean> {
  return (await config.find(BLOCKHOST_YAML))?.state?.mirror_vms_json === true;
}

/**
 * Writes what the store holds into `file`, under the lock that other programs honour, with the file before it kept as
 * `.bak`; answers its text. The store is read under the lock, so the last writer writes the latest. A file that cannot be
 * read, or that knows live VMs which the store has never heard of, is not replaced: `state.bad-file`, `state.unknown-vms`.
 */
export async function mirrorVms(database: Knex, file: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o750);
  await withFlock(`${file}.lock`, async () => {
    await database.transaction((tx) => writeRecords(tx, file));
  });
}

/** As {@link mirrorVms}, for who holds the lock and a transaction; answers the text of the file. */
export async function writeRecords(tx: Knex, file: string): Promise<string> {
  const before = await readVmsFile(file);
  const after = await exportVms(tx, before?.content ?? null);
  if (before) refuseUnknown(before.content, after, file);
  return writeVmsFile(file, before, after);
}

function refuseUnknown(before: VmsJson, after: VmsJson, file: string): void {
  const known = new Set([...Object.keys(after.vms), ...Object.keys(after.operations ?? {})]);
  const unknown = Object.values(before.vms)
    .filter(({ vm_name, status }) => status !== 'destroyed' && !known.has(vm_name))
    .map(({ vm_name }) => vm_name);
  if (unknown.length === 0) return;
  throw new BlockhostError('state.unknown-vms', `${file} has VMs that this host has no record of.`, {
    facts: { vms: unknown.slice(0, 10).join(', ') },
    remedy:
      'Take them over with `blockhost state import`, or move that file away; it is not replaced until then.',
  });
}
