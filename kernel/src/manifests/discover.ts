import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { sentenceOf } from '../errors/blockhost-error.js';
import type { Paths } from '../ports/paths.js';
import { type FindOptions, findPlugin } from './find-plugin.js';
import type { FoundPlugin, ManifestKind } from './found-plugin.js';
import { packageOwners } from './owning-package.js';

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
  const found: FoundPlugin[] = [];
  for (const role of roles) found.push(...present(findPlugin(role, join(share, `${role}.json`), options)));
  found.push(...extensions(join(share, 'plugins.d'), options));
  return withOwners(found, options.paths);
}

function extensions(folder: string, options: DiscoverOptions): FoundPlugin[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT' ? [] : [unreadable(folder, error)];
  }
  const files = names.filter((name) => name.endsWith('.json')).sort();
  return files.flatMap((name) => present(findPlugin('plugin', join(folder, name), options)));
}

function present(plugin: FoundPlugin | null): FoundPlugin[] {
  return plugin === null ? [] : [plugin];
}

/** A folder whose plugins nobody can see stands in the list as an invalid plugin, so that it is reported like one. */
function unreadable(folder: string, error: unknown): FoundPlugin {
  const expected = `cannot be read: ${sentenceOf(error)}.`;
  const problems = [{ severity: 'error', file: folder, pointer: '', expected }] as const;
  const name = basename(folder);
  const place = { name, file: folder, home: folder };
  return {
    kind: 'plugin',
    ...place,
    manifest: null,
    foreign: false,
    builtTogether: false,
    problems,
    owner: () => null,
  };
}

/** Problems name the package to complain about; packages are looked up only when there are any. */
function withOwners(found: readonly FoundPlugin[], paths: DiscoverOptions['paths']): FoundPlugin[] {
  const ownerOf = packageOwners(
    found.map(({ file }) => file),
    paths,
  );
  return found.map((plugin) => ({
    ...plugin,
    owner: () => ownerOf(plugin.file),
    problems: plugin.problems.map((problem) => {
      const owner = ownerOf(plugin.file);
      return owner === null ? problem : { ...problem, package: owner };
    }),
  }));
}
