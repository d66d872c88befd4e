import type { DesiredPower, SuspendReason, VmRecord, VmStatus } from '@blockhost/kernel';
import type { Knex } from 'knex';

export interface VmRow {
  readonly id: number;
  readonly name: string;
  readonly status: VmStatus;
  readonly operation_id: string;
  readonly owner_wallet: string;
  readonly plan_id: string | null;
  readonly username: string;
  readonly cpu: number;
  readonly memory_mb: number;
  readonly disk_gb: number;
  readonly backend_ref: string | null;
  readonly login_port: number;
  readonly fqdn: string | null;
  readonly nft_token_id: string | null;
  readonly nft_minted: number;
  readonly nft_minted_at: string | null;
  readonly gecos_synced: number;
  readonly nft_burned: number;
  readonly suspend_reason: SuspendReason | null;
  readonly desired_power: DesiredPower;
  readonly limits: string;
  readonly destroy_pending: number;
  readonly mac: string | null;
  readonly template: string | null;
  readonly vmid: number;
  readonly other: string;
  readonly created_at: string;
  readonly expires_at: string;
  readonly suspended_at: string | null;
  readonly destroyed_at: string | null;
  readonly ipv4: string | null;
  readonly ipv6: string | null;
}

/** Rows of `vms` with the addresses they hold. */
export function selectVms(database: Knex): Knex.QueryBuilder<VmRow, VmRow[]> {
  const address = (family: number, name: string) =>
    database.raw(
      `(select address from vm_addresses a where a.vm_id = vms.id and a.family = ${family}) as ${name}`,
    );
  return database('vms').select('vms.*', address(4, 'ipv4'), address(6, 'ipv6'));
}

export function toRecord(row: VmRow): VmRecord {
  return {
    name: row.name,
    status: row.status,
    operationId: row.operation_id,
    ownerWallet: row.owner_wallet,
    planId: row.plan_id,
    username: row.username,
    cpu: row.cpu,
    memoryMb: row.memory_mb,
    diskGb: row.disk_gb,
    expiresAt: row.expires_at,
    backendRef: row.backend_ref,
    vmid: row.vmid,
    loginPort: row.login_port,
    ipv4: row.ipv4,
    ipv6: row.ipv6,
    fqdn: row.fqdn,
    nftTokenId: row.nft_token_id,
    nftMinted: row.nft_minted === 1,
    nftMintedAt: row.nft_minted_at,
    gecosSynced: row.gecos_synced === 1,
    nftBurned: row.nft_burned === 1,
    suspendReason: row.suspend_reason,
    desiredPower: row.desired_power,
    limits: JSON.parse(row.limits),
    destroyPending: row.destroy_pending === 1,
    mac: row.mac,
    template: row.template,
    createdAt: row.created_at,
    suspendedAt: row.suspended_at,
    destroyedAt: row.destroyed_at,
  };
}
