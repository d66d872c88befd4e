import type {
  ChainEngine,
  ChainEngineCapabilities,
  Clock,
  ConnectivityProvider,
  HostConfig,
  Logger,
  Paths,
  PrivilegedActions,
  Provisioner,
  ProvisionerCapabilities,
  VmStore,
} from '@blockhost/kernel';
import type { Knex } from 'knex';

/** What the business works with; every member is a port or a service of the kernel. */
export interface Host {
  readonly database: Knex;
  readonly vms: VmStore;
  readonly chain: ChainEngine & Partial<ChainEngineCapabilities>;
  readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  /** null on a host without a root agent: what needs privilege refuses. */
  readonly rootAgent: PrivilegedActions | null;
  /** On a host whose addresses nobody reaches without it. */
  readonly connectivity?: ConnectivityProvider;
  readonly config: HostConfig;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly log: Logger;
}
