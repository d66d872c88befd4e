import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { setNextVmid } from '../vms/allocate-vmid.js';
import { parseIp } from '../vms/ip-address.js';
import { limitsFromJson } from './limit-keys.js';
import { canonicalAddress, Owned } from './owned.js';
import {
  badFile,
  type JsonOrder,
  type JsonToken,
  type JsonVm,
  RECORD_KEYS,
  type VmsJson,
} from './vms-json.js';

/** Whose the addresses are that a file calls allocated without telling to what VM. */
export const RESERVED = '(reserved)';

/** Sizes of VMs of which a file does not tell (provisioners.md 3.1). */
const SIZE = { cpu: 1, memory_mb: 2_048, disk_gb: 20 };

/** Rows of one statement. */
const AT_ONCE = 100;

export interface Imported {
  readonly vms: number;
  readonly destroyed: number;
  readonly orders: number;
  readonly tokens: number;
}

/**
 * Takes a whole `vms.json` into an empty store, or nothing of it. Addresses that are allocated to no VM stay out of use.
 * Throws `state.not-empty`, and `state.bad-file` where the file contradicts itself.
 */
export async function importVms(database: Knex, file: VmsJson, path: string): Promise<Imported> {
  return database.transaction(async (tx) => {
    for (const table of ['vms', 'vm_addresses', 'token_reservations', 'vms_file'])
      if (await tx(table).first()) throw notEmpty();
    return fillTables(tx, file, path);
  });
}

/**
 * Makes the tables tell what `file` says, and nothing else; in the caller's transaction. A VM keeps its row, and with it
 * what the file does not hold. Throws `state.bad-file`.
 */
export async function replaceRecords(tx: Knex, file: VmsJson, path: string): Promise<void> {
  for (const table of ['vm_operations', 'vm_addresses', 'vm_address_cursors', 'token_reservations'])
    await tx(table).delete();
  const before: number[] = await tx('vms').pluck('id');
  // Until each is written anew, none stands in the way of another.
  await tx('vms').update({ status: 'destroyed', nft_minted: 0, vmid: 0 });
  const rows = new Set<number>();
  await fillTables(tx, file, path, rows);
  for (const id of before) if (!rows.has(id)) await tx('vms').where({ id }).delete();
}

/** `rows` gets the ids of all rows it wrote. */
async function fillTables(
  tx: Knex,
  file: VmsJson,
  path: string,
  rows: Set<number> = new Set(),
): Promise<Imported> {
  for (const [key, { vm_name }] of Object.entries(file.vms))
    if (key !== vm_name)
      throw badFile(path, 'contradicts itself', { [`/vms/${key}/vm_name`]: `is ${vm_name}` });
  const orders = Object.entries(file.operations ?? {}).flatMap(([name, { record, ...entry }]) =>
    record ? [{ name, record, ...entry }] : [],
  );
  // A provisioner of another program registers a VM while the order for it is still open here.
  const registered = orders.flatMap(({ name }) => {
    const vm = file.vms[name];
    return vm && vm.status !== 'destroyed' ? [vm] : [];
  });
  const records = [...(file.archive ?? []), ...Object.values(file.vms)].filter(
    (vm) => !registered.includes(vm),
  );
  const live = records.filter(({ status }) => status !== 'destroyed');
  const owned = new Owned(path);
  const insert = async (vm: JsonOrder, status: string, operationId = vm.operation_id ?? foreignId(vm)) => {
    owned.claimOperation(operationId, vm);
    const id = await insertVm(tx, vm, status, operationId, path);
    rows.add(id);
    return id;
  };
  for (const vm of live) {
    const hold = owned.claim(vm);
    hold(await insert(vm, vm.status));
  }
  for (const { name, record, operation_id, started_at } of orders) {
    const vm = { ...record, ...registered.find(({ vm_name }) => vm_name === name) };
    const hold = owned.claim(vm);
    const id = await insert(vm, 'creating', operation_id);
    hold(id);
    const started = moment(started_at);
    await tx('vm_operations').insert({ vm_id: id, operation: 'create', operation_id, started_at: started });
  }
  for (const vm of records.filter((each) => !live.includes(each))) {
    // The chain may have given its credential anew.
    const nft_minted = vm.nft_minted === true && owned.claimCredential(vm);
    await insert({ ...vm, nft_minted }, vm.status);
  }
  await insertAddresses(tx, file, records, owned.addresses, path);
  for (const [id, token] of Object.entries(file.reserved_nft_tokens)) {
    if (token.status === 'reserved') owned.claimReservation(token);
    await insertToken(tx, id, token);
  }
  await setCounters(tx, file);
  return {
    vms: live.length + registered.length,
    destroyed: records.length - live.length,
    orders: orders.length - registered.length,
    tokens: Object.keys(file.reserved_nft_tokens).length,
  };
}

/** Programs of earlier generations know of no orders. */
function foreignId({ vm_name, created_at }: JsonOrder): string {
  return `foreign:${vm_name}:${created_at}`;
}

async function setCounters(tx: Knex, file: VmsJson): Promise<void> {
  const present: { next_id: string } | undefined = await tx('token_counter').first('next_id');
  const next = Object.keys(file.reserved_nft_tokens).reduce(
    (most, id) => (BigInt(id) >= most ? BigInt(id) + 1n : most),
    BigInt(present?.next_id ?? 0),
  );
  await tx('token_counter')
    .insert({ id: 1, next_id: String(next) })
    .onConflict('id')
    .merge();
  if (file.next_vmid > 0) await setNextVmid(tx, file.next_vmid);
}

/** The row of that operation, made or written anew. */
async function insertVm(
  tx: Knex,
  vm: JsonOrder,
  status: string,
  operationId: string,
  path: string,
): Promise<number> {
  const owner = vm.owner_wallet ?? vm.wallet_address;
  if (owner === undefined) throw badFile(path, 'names no owner', { [vm.vm_name]: 'lacks "owner_wallet"' });
  const [{ id }] = await tx('vms')
    .insert({
      name: vm.vm_name,
      status,
      operation_id: operationId,
      owner_wallet: owner,
      plan_id: vm.plan_id === null || vm.plan_id === undefined ? null : String(vm.plan_id),
      username: vm.username ?? 'admin',
      cpu: vm.cpu ?? SIZE.cpu,
      memory_mb: vm.memory_mb ?? SIZE.memory_mb,
      disk_gb: vm.disk_gb ?? SIZE.disk_gb,
      backend_ref: vm.backend_ref ?? null,
      login_port: vm.login_port ?? 22,
      fqdn: vm.fqdn ?? null,
      nft_token_id:
        vm.nft_token_id === null || vm.nft_token_id === undefined ? null : String(vm.nft_token_id),
      nft_minted: Number(vm.nft_minted ?? false),
      nft_minted_at: vm.nft_minted_at ? moment(vm.nft_minted_at) : null,
      nft_burned: Number(vm.nft_burned ?? false),
      gecos_synced: Number(vm.gecos_synced ?? true),
      desired_power: vm.desired_power ?? 'on',
      limits: JSON.stringify(limitsFromJson(vm.throttle ?? {})),
      destroy_pending: Number(vm.destroy_pending ?? false),
      mac: vm.mac ?? null,
      template: vm.template ?? null,
      vmid: vm.vmid ?? 0,
      other: JSON.stringify(
        Object.fromEntries(
          Object.entries(vm).filter(([key, value]) => !RECORD_KEYS.has(key) && value !== ''),
        ),
      ),
      suspend_reason: vm.suspend_reason ?? null,
      created_at: moment(vm.created_at),
      expires_at: moment(vm.expires_at),
      suspended_at: vm.suspended_at ? moment(vm.suspended_at) : null,
      destroyed_at: vm.destroyed_at ? moment(vm.destroyed_at) : null,
    })
    .onConflict('operation_id')
    .merge()
    .returning('id');
  return id;
}

async function insertAddresses(
  tx: Knex,
  file: VmsJson,
  records: readonly JsonVm[],
  holders: ReadonlyMap<string, number>,
  path: string,
): Promise<void> {
  const whose = (address: string) => file.quarantined?.[address] ?? RESERVED;
  const rows = new Map<string, { vm_id?: number; quarantined_for?: string; released_at?: number }>();
  // Who destroys a VM elsewhere may forget to tell that its address was given back.
  for (const { ip_address, ipv6_address, destroyed_at } of records)
    for (const address of [ip_address, ipv6_address])
      if (address && destroyed_at && parseIp(address))
        rows.set(canonicalAddress(address, path), { released_at: Date.parse(destroyed_at) });
  for (const [address, at] of Object.entries(file.released ?? {}))
    rows.set(canonicalAddress(address, path), { released_at: Date.parse(at) });
  for (const address of [
    ...file.allocated_ips,
    ...file.allocated_ipv6,
    ...Object.keys(file.quarantined ?? {}),
  ])
    rows.set(canonicalAddress(address, path), { quarantined_for: whose(address) });
  for (const [address, id] of holders) rows.set(address, { vm_id: id });
  const all = [...rows].map(([address, row]) => ({ address, family: parseIp(address)?.family, ...row }));
  for (let from = 0; from < all.length; from += AT_ONCE)
    await tx('vm_addresses').insert(all.slice(from, from + AT_ONCE));
}

async function insertToken(tx: Knex, id: string, token: JsonToken): Promise<void> {
  const settled = token.minted_at ?? token.failed_at;
  const reserved = token.reserved_at ?? settled ?? new Date(0).toISOString();
  await tx('token_reservations').insert({
    token_id: id,
    vm_name: token.vm_name,
    owner_wallet: token.owner_wallet ?? '',
    status: token.status,
    broadcast: Number(token.broadcast ?? true),
    reserved_at: moment(reserved),
    settled_at: settled ? moment(settled) : null,
  });
}

function moment(iso: string): string {
  return new Date(iso).toISOString();
}

function notEmpty(): BlockhostError {
  return new BlockhostError('state.not-empty', 'This host has records of VMs already.', {
    remedy: 'An import is for a host without any. Look at what there is with `blockhost vm list --all`.',
  });
}
