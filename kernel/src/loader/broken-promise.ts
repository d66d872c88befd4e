import { nearest } from '../manifests/nearest.js';
import { portContracts } from '../ports/contracts.js';
import type { ForeignAdapter } from '../ports/foreign.js';
import type { PortContract } from '../ports/token.js';
import type { Blueprint } from './entry-loader.js';
import type { Provider } from './index-plugins.js';

const DAEMON_MEMBERS = ['start', 'health', 'stop'];

/**
 * What the manifest promises of an instance and the instance lacks, naming both sides; null when it has everything. An
 * instance may serve several ports and be a daemon too.
 */
export function brokenPromise(
  { owner, code, path }: Blueprint,
  instance: object,
  providers: Iterable<Provider>,
): string | null {
  for (const provider of providers) {
    if (provider.record !== owner || provider.code !== code || provider.entry !== path) continue;
    const contract = portContracts.get(provider.port);
    const missing = contract ? missingMembers(instance, contract, capabilitiesOf(provider, instance)) : [];
    if (missing.length > 0)
      return `/provides of the manifest promises the port "${provider.port}", but ${path} lacks ${listed(missing, instance)}.`;
  }
  const daemon = Object.entries(code.found.manifest?.entries?.daemons ?? {}).find(
    ([, file]) => file === path,
  );
  const missing = daemon ? DAEMON_MEMBERS.filter((member) => !(member in instance)) : [];
  if (missing.length === 0) return null;
  return `/entries/daemons of the manifest promises the daemon "${daemon?.[0]}", but ${path} lacks ${listed(missing, instance)}.`;
}

/** As the manifest declares, or as the adapter of a foreign plugin says. */
export function capabilitiesOf(
  { capabilities }: Pick<Provider, 'capabilities'>,
  instance: object,
): readonly string[] {
  return capabilities ?? (instance as Partial<ForeignAdapter>).capabilities ?? [];
}

/** Members that the contract asks for with these capabilities and the instance lacks. */
export function missingMembers(
  instance: object,
  contract: PortContract,
  capabilities: readonly string[],
): string[] {
  const asked = [...contract.core, ...capabilities.flatMap((name) => contract.capabilities[name] ?? [])];
  return asked.filter((path) => {
    let value: unknown = instance;
    for (const key of path.split('.')) value = (value as Record<string, unknown> | null | undefined)?.[key];
    return value === undefined || value === null;
  });
}

/** Names with what was probably meant. */
function listed(missing: readonly string[], instance: object): string {
  const present = [
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(instance)),
    ...Object.getOwnPropertyNames(instance),
  ];
  return missing
    .map((member) => {
      const near = nearest(member, present);
      return near ? `"${member}" (it has "${near}")` : `"${member}"`;
    })
    .join(', ');
}
