import type { VmOrder } from '@blockhost/kernel';
import { vmShape } from '../state/vms-json.js';

const DAY_MS = 86_400_000;
const { owner_wallet, expires_at, operation_id, username, plan_id, cpu, memory_mb, disk_gb } =
  vmShape.properties;

/** What a program may say of a VM that it orders, in the words of `vms.json`. */
export interface OrderFields {
  readonly owner_wallet: string;
  readonly operation_id?: string;
  readonly expires_at?: string;
  readonly username?: string;
  readonly plan_id?: string | number | null;
  readonly cpu?: number;
  readonly memory_mb?: number;
  readonly disk_gb?: number;
}

export const orderProperties = {
  owner_wallet,
  expires_at,
  operation_id,
  username,
  plan_id,
  cpu,
  memory_mb,
  disk_gb,
};

/** The order, with what every verb takes for granted where nothing is said (provisioners.md 3.1). */
export function orderOf(name: string, fields: OrderFields, days: number): VmOrder {
  return {
    name,
    operationId: fields.operation_id ?? crypto.randomUUID(),
    ownerWallet: fields.owner_wallet,
    planId: fields.plan_id === null || fields.plan_id === undefined ? null : String(fields.plan_id),
    username: fields.username ?? 'admin',
    cpu: fields.cpu ?? 1,
    memoryMb: fields.memory_mb ?? 2_048,
    diskGb: fields.disk_gb ?? 20,
    expiresAt: fields.expires_at ?? new Date(Date.now() + days * DAY_MS).toISOString(),
  };
}
