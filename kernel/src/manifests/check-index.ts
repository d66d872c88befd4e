import { rolePorts } from '../ports/contracts.js';
import { words } from './check-promises.js';
import type { FoundPlugin } from './found-plugin.js';
import { shown } from './printable.js';
import type { ManifestProblem } from './problem.js';
import { childPointer } from './value-at.js';

/** A name that only one plugin of a host may have. */
interface Claim {
  /** `command vm create`: what is claimed, in one name space. */
  readonly what: string;
  readonly pointer: string;
  readonly found: string;
}

/**
 * Clashes over the whole set: two plugins with one name, command, short name, daemon or port.
 *
 * The first in the order of `plugins` keeps what it claims and gets a warning; a later one gets an error for each clash
 * and claims nothing. Plugins that are already invalid neither claim nor clash.
 */
export function checkIndex(plugins: readonly FoundPlugin[]): ManifestProblem[] {
  const owners = new Map<string, { plugin: FoundPlugin; claim: Claim }>();
  const problems: ManifestProblem[] = [];
  for (const plugin of plugins) {
    if (plugin.manifest === null || plugin.problems.some(({ severity }) => severity === 'error')) continue;
    const claims = claimsOf(plugin);
    const clashes = claims.filter(({ what }) => owners.has(what));
    for (const claim of clashes) {
      const owner = owners.get(claim.what);
      if (owner === undefined) continue;
      const { pointer, found, what } = claim;
      const taken = `the ${what} is taken by ${owner.plugin.name} (${shownPath(owner.plugin.file)}).`;
      problems.push({ severity: 'error', file: plugin.file, pointer, found, expected: taken });
      const claimed = `the ${what} is also claimed by ${plugin.name} (${shownPath(plugin.file)}), which is left out.`;
      const first = owner.claim;
      problems.push({
        severity: 'warning',
        file: owner.plugin.file,
        pointer: first.pointer,
        found: first.found,
        expected: claimed,
      });
    }
    if (clashes.length === 0) for (const claim of claims) owners.set(claim.what, { plugin, claim });
  }
  return problems;
}

function shownPath(file: string): string {
  return shown(file).slice(1, -1);
}

function claimsOf({ name, kind, foreign, manifest }: FoundPlugin): Claim[] {
  const { commands = [], short_names = {}, daemons = [] } = manifest?.contributes ?? {};
  const claims: Claim[] = [{ what: `plugin name "${name}"`, pointer: '/name', found: shown(name) }];
  const claim = (what: string, pointer: string, found: string): void => {
    claims.push({ what: `${what} ${shown(found)}`, pointer, found: shown(found) });
  };
  for (const [index, { id }] of commands.entries())
    claim('command', `/contributes/commands/${index}/id`, words(id));
  for (const program of Object.keys(short_names))
    if (!program.startsWith('x-'))
      claim('short name', childPointer('/contributes/short_names', program), program);
  for (const [index, { id }] of daemons.entries()) claim('daemon', `/contributes/daemons/${index}/id`, id);
  for (const [index, { port }] of (manifest?.provides ?? []).entries())
    claim('port', `/provides/${index}/port`, port);
  if (foreign && kind !== 'plugin') claim('port', '', rolePorts[kind]);
  return claims;
}
