import type { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';
import type { CommandSource } from './command-index.js';

/** The commands that a plugin brings, from its manifest alone. `refused` tells why the kernel does not use it. */
export function commandSource(
  { name, home, manifest }: Pick<FoundPlugin, 'name' | 'home' | 'manifest'>,
  refused: BlockhostError | null,
): CommandSource {
  return {
    plugin: name,
    home,
    promised: manifest?.contributes?.commands ?? [],
    shortNames: manifest?.contributes?.short_names ?? {},
    bugs: manifest?.bugs ?? null,
    refused,
  };
}

/** The kernel's own commands: always there, promised by nobody. */
export function kernelSource(home: string): CommandSource {
  return { plugin: 'kernel', home, promised: null, shortNames: {}, bugs: null, refused: null };
}
