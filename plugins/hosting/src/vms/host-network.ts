import { networkInterfaces } from 'node:os';
import type { HostConfig } from '@blockhost/kernel';
import { BROKER_ALLOCATION_JSON, DB_YAML } from '@blockhost/kernel/host-files';
import { type AddressPool, ipv4Pool, ipv6Pool } from './address-pool.js';
import { vmNames } from './vm-names.js';

/** What this host gives its VMs in its network. */
export interface HostNetwork {
  readonly pools: readonly AddressPool[];
  /** The name that leads to an address, where names lead to any. */
  nameOf(ipv6: string | null): string | null;
}

/**
 * The pools of this host: IPv4 when db.yaml has `ip_pool`, IPv6 when there is a prefix, from the broker's allocation or
 * from `ipv6_pool`. Addresses this host itself bears are excluded. Throws `config.invalid`.
 */
export async function hostNetwork(config: HostConfig): Promise<HostNetwork> {
  const [db, allocation] = await Promise.all([config.find(DB_YAML), config.find(BROKER_ALLOCATION_JSON)]);
  const own = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .map(({ address }) => address);
  const prefix = allocation?.prefix ?? db?.ipv6_pool?.prefix;
  return {
    pools: [
      ...(db?.ip_pool ? [ipv4Pool(db.ip_pool, own)] : []),
      ...(prefix ? [ipv6Pool(db?.ipv6_pool ?? {}, prefix, allocation?.gateway ?? null, own)] : []),
    ],
    nameOf: vmNames(allocation?.dns_zone, allocation?.dns_base_prefix),
  };
}
