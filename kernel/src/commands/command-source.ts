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
