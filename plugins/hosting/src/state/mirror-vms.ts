import { link, readFile, rm } from 'node:fs/promises';
import path from 'node:path';
import {
  BlockhostError,
  failpoint,
  type HostConfig,
  makeFolder,
  type Paths,
  writeFileAtomic,
} from '@blockhost/kernel';
import { BLOCKHOST_YAML, DB_YAML } from '@blockhost/kernel/host-files';
import type { Knex } from 'knex';
import { exportVms } from './export-vms.js';
import { withFlock } from './flock.js';
import { parseVmsJson, type VmsJson } from './vms-json.js';

const MODE = 0o640;

/** Where `vms.json` lies: `db_file` of db.yaml. */
export async function vmsFile(config: HostConfig, paths: Paths): Promise<string> {
  const named = (await config.find(DB_YAML))?.db_file;
  return named === undefined ? path.join(paths.state, 'vms.json') : paths.resolve(named);
}

/** Whether `state.mirror_vms_json` asks for a `vms.json` beside the database. */
export async function isMirrored(config: HostConfig): Promise<boolean> {
  return (await config.find(BLOCKHOST_YAML))?.state?.mirror_vms_json === true;
}

/**
 * Writes what the store holds into `file`, under the lock that other programs honour, with the file before it kept as
 * `.bak`. The store is read under the lock, so the last writer writes the latest. A file that cannot be read, or that knows
 * live VMs which the store has never heard of, is not replaced: `state.bad-file`, `state.unknown-vms`.
 */
export async function mirrorVms(database: Knex, file: string): Promise<void> {
  await makeFolder(path.dirname(file), 0o750);
  await withFlock(`${file}.lock`, async () => {
    const before = await readVmsFile(file);
    const after = await database.transaction((tx) => exportVms(tx, before));
    if (before) refuseUnknown(before, after, file);
    failpoint('mirror-vms.write:before');
    if (before) {
      await rm(`${file}.bak`, { force: true });
      await link(file, `${file}.bak`);
    }
    await writeFileAtomic(file, `${JSON.stringify(after, null, 1)}\n`, MODE);
    failpoint('mirror-vms.write:after');
  });
}

export async function readVmsFile(file: string): Promise<VmsJson | null> {
  const text = await readFile(file, 'utf8').catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return null;
    throw new BlockhostError('state.unreadable', `${file} cannot be read.`, {
      cause,
      remedy: 'Check that it is a file of this account.',
    });
  });
  return text === null ? null : await parseVmsJson(text, file);
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
