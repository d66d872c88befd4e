import { toRecord, type VmRow } from '../vms/vm-row.js';
import { limitsToJson } from './limit-keys.js';
import type { JsonOrder, JsonVm } from './vms-json.js';

/** Every generation wants these, and nobody here knows them. */
const UNKNOWN = { owner: '', purpose: '' };

/** The record of a VM that stands, in the words of `vms.json`; of `before`, what it says now, unknown keys stay. */
export function vmToJson(row: VmRow, before?: JsonVm): JsonVm {
  return {
    ...(before?.operation_id === row.operation_id && before),
    ...orderToJson(row),
    status: row.status as JsonVm['status'],
  };
}

/** The same but for its state: also what was ordered. */
export function orderToJson(row: VmRow): JsonOrder {
  const vm = toRecord(row);
  return {
    ...UNKNOWN,
    ...JSON.parse(row.other),
    vm_name: vm.name,
    vmid: vm.vmid,
    ip_address: vm.ipv4,
    ipv6_address: vm.ipv6,
    // Provisioners write the first, engines the second.
    wallet_address: vm.ownerWallet,
    owner_wallet: vm.ownerWallet,
    created_at: isoOf(vm.createdAt),
    expires_at: isoOf(vm.expiresAt),
    suspended_at: vm.suspendedAt === null ? null : isoOf(vm.suspendedAt),
    destroyed_at: vm.destroyedAt === null ? null : isoOf(vm.destroyedAt),
    nft_token_id: vm.nftTokenId === null ? null : asNumber(vm.nftTokenId),
    nft_minted: vm.nftMinted,
    nft_minted_at: vm.nftMintedAt === null ? null : isoOf(vm.nftMintedAt),
    nft_burned: vm.nftBurned,
    gecos_synced: vm.gecosSynced,
    username: vm.username,
    plan_id: vm.planId,
    cpu: vm.cpu,
    memory_mb: vm.memoryMb,
    disk_gb: vm.diskGb,
    mac: vm.mac,
    backend_ref: vm.backendRef,
    template: vm.template,
    desired_power: vm.desiredPower,
    suspend_reason: vm.suspendReason,
    throttle: limitsToJson(vm.limits),
    fqdn: vm.fqdn,
    destroy_pending: vm.destroyPending,
    operation_id: vm.operationId,
    login_port: vm.loginPort,
  };
}

/** Ids are numbers to earlier programs; one that a number cannot hold stays a text. */
function asNumber(digits: string): number | string {
  return Number.isSafeInteger(Number(digits)) ? Number(digits) : digits;
}

/** A moment as every generation reads it. */
export function isoOf(moment: string): string {
  return moment.replace(/Z$/, '+00:00');
}
