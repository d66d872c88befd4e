import type { Run } from '../run/run.js';
import type { Presence } from './presence.js';
import { definePort, portToken } from './token.js';

/** A routed IPv6 prefix for a host that has none of its own. */
export interface ConnectivityProvider {
  /** Requests a prefix; called again it answers the one already held. */
  request(run: Run): Promise<RoutedPrefix>;
  /** Keeps the prefix; `absent` when the provider no longer grants it. */
  renew(run: Run): Promise<Presence<RoutedPrefix>>;
  release(run: Run): Promise<void>;
  /** The host name or address a customer is told for a VM. */
  endpoint(vm: { readonly name: string; readonly ipv6: string | null }): Promise<string | null>;
}

export interface RoutedPrefix {
  /** IPv6 CIDR. */
  readonly prefix: string;
  readonly gateway: string;
  readonly dnsZone: string | null;
}

export const CONNECTIVITY_PROVIDER = portToken<ConnectivityProvider>('connectivity-provider', 1);

export const connectivityProviderPort = definePort<ConnectivityProvider>({
  name: 'connectivity-provider',
  major: 1,
  token: CONNECTIVITY_PROVIDER,
  core: ['request', 'renew', 'release', 'endpoint'],
  capabilities: {},
  answers: {},
});
