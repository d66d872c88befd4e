import type { Knex } from 'knex';
import { parseIp } from '../vms/ip-address.js';
import { selectVms, type VmRow } from '../vms/vm-row.js';
import { RESERVED } from './import-vms.js';
import { isoOf, orderToJson, vmToJson } from './vm-to-json.js';
import type { JsonOperation, JsonToken, JsonVm, VmsJson } from './vms-json.js';

/**
 * What the store holds, as `vms.json`; one moment's view when `database` is a transaction. Of `before`, the present file,
 * the keys that the store does not hold stay.
 */
export async function exportVms(database: Knex, before: VmsJson | null): Promise<VmsJson> {
  const rows: VmRow[] = await selectVms(database).orderBy(['name', 'id']);
  const addresses: AddressRow[] = await database('vm_addresses').orderBy('address');
  const tokens: TokenRow[] = await database('token_reservations').orderByRaw('length(token_id), token_id');
  const journal: JournalRow[] = await database('vm_operations');
  const run: { last_run_at: number } | undefined = await database('garbage_runs').first('last_run_at');
  const counter: { next_vmid: number } | undefined = await database('vmid_counter').first('next_vmid');

  const standing = rows.filter(({ status }) => status !== 'creating');
  // The live one of a name, else the youngest; the others are archived.
  const chosen = new Map<string, VmRow>();
  for (const row of standing) {
    const present = chosen.get(row.name);
    if (!present || isLive(row) || !isLive(present)) chosen.set(row.name, row);
  }
  const creating = rows.filter(({ status }) => status === 'creating');
  const held = addresses.filter(({ released_at }) => released_at === null).map(({ address }) => address);
  const familyOf = (family: number) => held.filter((address) => parseIp(address)?.family === family);
  return {
    ...before,
    schema: 2,
    vms: {
      ...Object.fromEntries(creating.flatMap(({ name }) => registered(before, name))),
      ...Object.fromEntries(
        [...chosen.values()].map((row) => [row.name, vmToJson(row, before?.vms[row.name])]),
      ),
    },
    next_vmid: counter?.next_vmid ?? before?.next_vmid ?? 0,
    allocated_ips: familyOf(4),
    allocated_ipv6: familyOf(6),
    reserved_nft_tokens: Object.fromEntries(
      tokens.map((row) => [
        row.token_id,
        { ...before?.reserved_nft_tokens[row.token_id], ...tokenToJson(row) },
      ]),
    ),
    operations: {
      // Without what was ordered they are those of another program.
      ...Object.fromEntries(Object.entries(before?.operations ?? {}).filter(([, { record }]) => !record)),
      ...Object.fromEntries(
        creating.map((row) => [row.name, { ...before?.operations?.[row.name], ...operation(row, journal) }]),
      ),
    },
    archive: standing.filter((row) => chosen.get(row.name) !== row).map((row) => vmToJson(row)),
    released: Object.fromEntries(
      addresses.flatMap(({ address, released_at }) =>
        released_at === null ? [] : [[address, isoOf(new Date(released_at).toISOString())]],
      ),
    ),
    quarantined: Object.fromEntries(
      addresses.flatMap(({ address, quarantined_for }) =>
        quarantined_for === null || quarantined_for === RESERVED ? [] : [[address, quarantined_for]],
      ),
    ),
    last_gc_at: run ? isoOf(new Date(run.last_run_at).toISOString()) : (before?.last_gc_at ?? null),
  };
}

function isLive({ status }: VmRow): boolean {
  return status !== 'destroyed';
}

/** A provisioner of another program registers a VM while the order for it is still open here. */
function registered(before: VmsJson | null, name: string): [string, JsonVm][] {
  const record = before?.vms[name];
  return record && record.status !== 'destroyed' ? [[name, record]] : [];
}

function operation(row: VmRow, journal: readonly JournalRow[]): JsonOperation {
  const entry = journal.find(({ vm_id }) => vm_id === row.id);
  return {
    op: entry?.operation ?? 'create',
    operation_id: row.operation_id,
    started_at: isoOf(entry?.started_at ?? row.created_at),
    reserved: { ip: row.ipv4, ipv6: row.ipv6, vmid: row.vmid || null },
    record: orderToJson(row),
  };
}

function tokenToJson(row: TokenRow): JsonToken {
  const settled = row.settled_at === null ? null : isoOf(row.settled_at);
  return {
    vm_name: row.vm_name,
    status: row.status,
    reserved_at: isoOf(row.reserved_at),
    owner_wallet: row.owner_wallet,
    ...(settled !== null && row.status === 'minted' && { minted_at: settled }),
    ...(settled !== null && row.status === 'failed' && { failed_at: settled }),
    broadcast: row.broadcast === 1,
  };
}

interface AddressRow {
  readonly address: string;
  readonly released_at: number | null;
  readonly quarantined_for: string | null;
}

interface JournalRow {
  readonly vm_id: number;
  readonly operation: string;
  readonly started_at: string;
}

interface TokenRow {
  readonly token_id: string;
  readonly vm_name: string;
  readonly owner_wallet: string;
  readonly status: JsonToken['status'];
  readonly broadcast: number;
  readonly reserved_at: string;
  readonly settled_at: string | null;
}
