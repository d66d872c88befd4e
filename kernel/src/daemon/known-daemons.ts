import type { Daemon } from '../entries/daemon.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { Kernel } from '../loader/kernel.js';
import type { PluginStatus } from '../loader/plugin-status.js';
import { didYouMean } from '../manifests/nearest.js';

/** A daemon that some plugin's manifest promises. */
export interface KnownDaemon {
  readonly id: string;
  readonly plugin: PluginStatus;
  /** Imports and builds it, not yet started. */
  load(): Promise<Daemon>;
}

/** All daemons of this host, by their manifests; nothing is imported. */
export function knownDaemons(kernel: Kernel): KnownDaemon[] {
  return kernel.plugins().flatMap((plugin) =>
    Object.keys(plugin.manifest?.entries?.daemons ?? {}).map((id) => ({
      id,
      plugin,
      load: () => kernel.import(plugin.name, 'daemons', id),
    })),
  );
}

/** The daemon of that name. Throws `daemon.unknown`. */
export function findDaemon(daemons: readonly KnownDaemon[], id: string): KnownDaemon {
  const found = daemons.find((each) => each.id === id);
  if (found) return found;
  const names = daemons.map((each) => each.id);
  throw new BlockhostError('daemon.unknown', `No plugin has a daemon "${id}".`, {
    remedy: didYouMean(id, names, 'Install the package that brings it.'),
    facts: { 'daemons of this host': names.join(', ') || 'none' },
    exitCode: 2,
  });
}
