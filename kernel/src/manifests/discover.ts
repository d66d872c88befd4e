import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../ports/paths.js';
import { type FindOptions, findPlugin } from './find-plugin.js';
import type { FoundPlugin, ManifestKind } from './found-plugin.js';
import { owningPackages } from './owning-package.js';

export interface DiscoverOptions extends FindOptions {
  readonly paths: Pick<Paths, 'root' | 'share' | 'resolve'>;
}

/**
 * All plugins of a host, role plugins first (engine, provisioner, broker), then extensions by file name (architecture,
 * section 3.1). Runs no plugin code and never throws for what it finds.
 */
export function discover(options: DiscoverOptions): FoundPlugin[] {
  const { share } = options.paths;
  const roles: readonly ManifestKind[] = ['engine', 'provisioner', 'broker'];
  const files: [ManifestKind, string][] = roles.map((role) => [role, join(share, `${role}.json`)]);
  for (const name of extensionFiles(join(share, 'plugins.d')))
    files.push(['plugin', join(share, 'plugins.d', name)]);
  const found = files.flatMap(([kind, file]) => findPlugin(kind, file, options) ?? []);
  return withOwners(found, options.paths);
}

/** Problems name the package to complain about; packages are looked up only when there are any. */
function withOwners(found: FoundPlugin[], paths: DiscoverOptions['paths']): FoundPlugin[] {
  const troubled = found.filter(({ problems }) => problems.length > 0).map(({ file }) => file);
  if (troubled.length === 0) return found;
  const owners = owningPackages(troubled, paths);
  return found.map((plugin) => {
    const owner = owners.get(plugin.file);
    if (owner === undefined) return plugin;
    return { ...plugin, problems: plugin.problems.map((problem) => ({ ...problem, package: owner })) };
  });
}

function extensionFiles(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .sort();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
