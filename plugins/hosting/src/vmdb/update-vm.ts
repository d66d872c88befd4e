import { BlockhostError } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { limitsFromJson } from '../state/limit-keys.js';
import { RECORD_KEYS, vmShape } from '../state/vms-json.js';
import { requireVm } from '../vms/find-vm.js';

const { owner_wallet, gecos_synced, desired_power, destroy_pending, throttle, fqdn, mac, template, plan_id } =
  vmShape.properties;
const changeable = {
  owner_wallet,
  wallet_address: owner_wallet,
  gecos_synced,
  desired_power,
  destroy_pending,
  throttle,
  fqdn,
  mac,
  template,
  plan_id,
};

/** Keys that the store gives no meaning may be anything; the others of a record change by commands of their own. */
export const updateSchema = {
  type: 'object',
  minProperties: 1,
  properties: {
    ...Object.fromEntries([...RECORD_KEYS].map((key) => [key, { not: {} }])),
    ...changeable,
  },
};

export type UpdateFields = Readonly<Record<string, unknown>>;

/** Merges `fields` into the live record of a VM. Throws `vm-store.no-such-vm`, `vm-store.destroyed`, `vm-store.immutable`. */
export async function updateVm(tx: Knex, name: string, fields: UpdateFields): Promise<void> {
  const row = await requireVm(tx, name);
  if (row.status === 'destroyed')
    throw new BlockhostError('vm-store.destroyed', `${name} is destroyed: its record changes no more.`, {
      exitCode: 5,
    });
  const known: Record<string, unknown> = {};
  const other: Record<string, unknown> = JSON.parse(row.other);
  for (const [key, value] of Object.entries(fields))
    switch (key) {
      case 'owner_wallet':
      case 'wallet_address':
        if (value !== row.owner_wallet) Object.assign(known, { owner_wallet: value, gecos_synced: 0 });
        break;
      case 'gecos_synced':
      case 'destroy_pending':
        known[key] = Number(value);
        break;
      case 'throttle':
        known.limits = JSON.stringify(limitsFromJson(value as Record<string, number>));
        break;
      case 'plan_id':
        known.plan_id = value === null ? null : String(value);
        break;
      case 'network_mode':
        if (other.network_mode !== undefined && other.network_mode !== value) throw immutable(name, key);
        other[key] = value;
        break;
      default:
        if (key in changeable) known[key] = value;
        else other[key] = value;
    }
  await tx('vms')
    .where({ id: row.id })
    .update({ ...known, other: JSON.stringify(other) });
}

function immutable(name: string, key: string): BlockhostError {
  return new BlockhostError('vm-store.immutable', `${key} of ${name} is set and does not change.`, {
    remedy: 'Make another VM with the wanted one.',
    exitCode: 5,
  });
}
