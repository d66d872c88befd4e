import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { formatIp, parseIp } from '../vms/ip-address.js';
import { limitsFromJson } from './limit-keys.js';
import { badFile, type JsonOrder, type JsonToken, type VmsJson } from './vms-json.js';

/** Whose the addresses are that a file calls allocated without telling to what VM. */
export const RESERVED = '(reserved)';

/** Sizes of VMs of which a file does not tell (provisioners.md 3.1). */
const SIZE = { cpu: 1, memory_mb: 2_048, disk_gb: 20 };

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
    for (const table of ['vms', 'vm_addresses', 'token_reservations'])
      if (await tx(table).first()) throw notEmpty();
    const records = [...(file.archive ?? []), ...Object.values(file.vms)];
    for (const [key, { vm_name }] of Object.entries(file.vms))
      if (key !== vm_name)
        throw badFile(path, 'contradicts itself', { [`/vms/${key}/vm_name`]: `is ${vm_name}` });
    const orders = Object.entries(file.operations ?? {}).flatMap(([name, { record, ...entry }]) =>
      record ? [{ name, record, ...entry }] : [],
    );
    const holders = new Map<string, number>();
    const hold = (vm: JsonOrder, id: number) => {
      for (const address of [vm.ip_address, vm.ipv6_address]) {
        if (address === null || address === undefined || address === '') continue;
        const known = canonical(address, path);
        if (holders.has(known)) throw badFile(path, 'gives an address two owners', { [known]: vm.vm_name });
        holders.set(known, id);
      }
    };
    for (const [place, vm] of records.entries()) {
      const id = await insertVm(tx, vm, vm.status, vm.operation_id ?? `import:${place}:${vm.vm_name}`, path);
      if (vm.status !== 'destroyed') hold(vm, id);
    }
    for (const { record, operation_id, started_at } of orders) {
      const id = await insertVm(tx, record, 'creating', operation_id, path);
      hold(record, id);
      const started = moment(started_at);
      await tx('vm_operations').insert({ vm_id: id, operation: 'create', operation_id, started_at: started });
    }
    await insertAddresses(tx, file, holders, path);
    for (const [id, token] of Object.entries(file.reserved_nft_tokens)) await insertToken(tx, id, token);
    const next = Object.keys(file.reserved_nft_tokens).reduce(
      (most, id) => (BigInt(id) >= most ? BigInt(id) + 1n : most),
      0n,
    );
    await tx('token_counter')
      .insert({ id: 1, next_id: String(next) })
      .onConflict('id')
      .merge();
    const live = records.filter(({ status }) => status !== 'destroyed').length;
    return {
      vms: live,
      destroyed: records.length - live,
      orders: orders.length,
      tokens: Object.keys(file.reserved_nft_tokens).length,
    };
  });
}

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
      // A credential of a destroyed VM may have another owner since.
      nft_minted: Number(vm.nft_minted ?? false),
      nft_burned: Number(vm.nft_burned ?? false),
      gecos_synced: Number(vm.gecos_synced ?? true),
      desired_power: vm.desired_power ?? 'on',
      limits: JSON.stringify(limitsFromJson(vm.throttle ?? {})),
      destroy_pending: Number(vm.destroy_pending ?? false),
      mac: vm.mac ?? null,
      template: vm.template ?? null,
      suspend_reason: vm.suspend_reason ?? null,
      created_at: moment(vm.created_at),
      expires_at: moment(vm.expires_at),
      suspended_at: vm.suspended_at ? moment(vm.suspended_at) : null,
      destroyed_at: vm.destroyed_at ? moment(vm.destroyed_at) : null,
    })
    .returning('id');
  return id;
}

async function insertAddresses(
  tx: Knex,
  file: VmsJson,
  holders: ReadonlyMap<string, number>,
  path: string,
): Promise<void> {
  const whose = (address: string) => file.quarantined?.[address] ?? RESERVED;
  const rows = new Map<string, { vm_id?: number; quarantined_for?: string; released_at?: number }>();
  for (const [address, at] of Object.entries(file.released ?? {}))
    rows.set(canonical(address, path), { released_at: Date.parse(at) });
  for (const address of [
    ...file.allocated_ips,
    ...file.allocated_ipv6,
    ...Object.keys(file.quarantined ?? {}),
  ])
    rows.set(canonical(address, path), { quarantined_for: whose(address) });
  for (const [address, id] of holders) rows.set(address, { vm_id: id });
  for (const [address, row] of rows)
    await tx('vm_addresses').insert({ address, family: parseIp(address)?.family, ...row });
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

function canonical(address: string, path: string): string {
  const parsed = parseIp(address);
  if (parsed) return formatIp(parsed.family, parsed.value);
  throw badFile(path, 'names an address that is none', { [address]: 'is not an IP address' });
}

function moment(iso: string): string {
  return new Date(iso).toISOString();
}

function notEmpty(): BlockhostError {
  return new BlockhostError('state.not-empty', 'This host has records of VMs already.', {
    remedy: 'An import is for a host without any. Look at what there is with `blockhost vm list --all`.',
  });
}
