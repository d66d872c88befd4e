import type {
  ChainEngine,
  Clock,
  HostConfig,
  Logger,
  Paths,
  Provisioner,
  ProvisionerCapabilities,
  VmStore,
} from '@blockhost/kernel';
import type { Knex } from 'knex';

/** What the business works with; every member is a port or a service of the kernel. */
export interface Host {
  readonly database: Knex;
  readonly vms: VmStore;
  readonly chain: ChainEngine;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  readonly config: HostConfig;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly log: Logger;
}
