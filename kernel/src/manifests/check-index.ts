import { rolePorts } from '../ports/contracts.js';
import { words } from './check-promises.js';
import type { FoundPlugin } from './found-plugin.js';
import { printable, shown } from './printable.js';
import { childPointer } from './value-at.js';

/** A plugin that claims what another one has. */
export interface Clash {
  readonly plugin: FoundPlugin;
  /** Where, what, and who has it. */
  readonly reason: string;
}

/**
 * Clashes over the whole set: two plugins with one name, command, short name, daemon or port.
 *
 * The first in the order of `plugins` keeps what it claims; a later one clashes and claims nothing. Plugins that are
 * already invalid neither claim nor clash.
 */
export function checkIndex(plugins: readonly FoundPlugin[]): Clash[] {
  const owners = new Map<string, FoundPlugin>();
  return plugins.flatMap((plugin) => {
    if (plugin.manifest === null || plugin.problems.some(({ severity }) => severity === 'error')) return [];
    const claims = claimsOf(plugin);
    const clashes = claims.flatMap(([pointer, what]) => {
      const owner = owners.get(what);
      if (!owner) return [];
      const reason = `${pointer} the ${what} is taken by ${owner.name} (${printable(owner.file)}).`;
      return [{ plugin, reason: reason.trimStart() }];
    });
    if (clashes.length === 0) for (const [, what] of claims) owners.set(what, plugin);
    return clashes;
  });
}

/** Where a name stands that only one plugin of a host may have, and the name in its name space. */
type Claim = readonly [pointer: string, what: string];

function claimsOf({ name, kind, foreign, manifest }: FoundPlugin): Claim[] {
  const { commands = [], short_names = {}, daemons = [] } = manifest?.contributes ?? {};
  const programs = Object.keys(short_names).filter((program) => !program.startsWith('x-'));
  const at = (list: string, names: readonly string[], key: string, what: string) =>
    names.map((each, index): Claim => [`${list}/${index}/${key}`, `${what} ${shown(each)}`]);
  const ports = (manifest?.provides ?? []).map(({ port }) => port);
  return [
    ['/name', `plugin name ${shown(name)}`],
    ...at(
      '/contributes/commands',
      commands.map(({ id }) => words(id)),
      'id',
      'command',
    ),
    ...programs.map(
      (program): Claim => [childPointer('/contributes/short_names', program), `short name ${shown(program)}`],
    ),
    ...at(
      '/contributes/daemons',
      daemons.map(({ id }) => id),
      'id',
      'daemon',
    ),
    ...at('/provides', ports, 'port', 'port'),
    ...(foreign && kind !== 'plugin' ? [['', `port ${shown(rolePorts[kind])}`] as const] : []),
  ];
}
