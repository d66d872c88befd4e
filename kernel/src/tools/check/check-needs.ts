import { needsOf } from '../../loader/build-instance.js';
import { type Constructor, mismatch } from '../../loader/check-entry.js';
import type { Manifest } from '../../manifests/manifest.js';
import { portContracts } from '../../ports/contracts.js';
import { portOfToken } from '../../ports/token.js';

/**
 * What the loader would find wrong with the constructor of an entry once the plugin is used: parameters without a token,
 * and ports that exist in no version of the kernel or are not listed in `requires.ports`.
 */
export function checkNeeds(type: Constructor, { requires, provides = [] }: Manifest): void {
  const listed = requires?.ports ?? [];
  for (const { token, optional } of needsOf(type)) {
    const port = typeof token === 'symbol' ? portOfToken(token) : null;
    if (!port) continue;
    const known = portContracts.get(port.name);
    if (known && known.major !== port.major)
      throw mismatch(
        `its class injects version ${port.major} of the port "${port.name}", but this kernel has version ${known.major}.`,
      );
    if (optional || listed.includes(port.name) || provides.some((own) => own.port === port.name)) continue;
    throw mismatch(
      `its class injects the port "${port.name}", but /requires/ports of the manifest does not list it.`,
    );
  }
}
