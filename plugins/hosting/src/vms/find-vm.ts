import { BlockhostError, type VmRecord } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { selectVms, toRecord, type VmRow } from './vm-row.js';

/** The live row of that name, else the youngest destroyed one. */
export function findVm(database: Knex, name: string): Promise<VmRow | undefined> {
  return selectVms(database).where({ name }).orderByRaw(`status = 'destroyed', id desc`).first();
}

/** As {@link findVm}. Throws `vm-store.no-such-vm`. */
export async function requireVm(database: Knex, name: string): Promise<VmRow> {
  const row = await findVm(database, name);
  if (row) return row;
  throw new BlockhostError('vm-store.no-such-vm', `There is no record of a VM named ${name}.`, {
    remedy: 'List the VMs with `blockhost vm list`.',
    exitCode: 3,
  });
}

/** The record of that name, as it is now. Throws `vm-store.no-such-vm`. */
export async function readVm(database: Knex, name: string): Promise<VmRecord> {
  return toRecord(await requireVm(database, name));
}
