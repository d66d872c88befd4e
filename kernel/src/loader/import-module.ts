import { realpathSync } from 'node:fs';
import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';

/** Path of a module of the plugin, free of links. Throws `entry.missing` or `entry.outside`. */
export function locateModule({ home, file }: FoundPlugin, entry: string): string {
  const folder = realpathOf(home, () => ({ sentence: `its folder ${home} cannot be read.` }));
  const path = realpathOf(resolve(folder, entry), () => ({
    sentence: `${entry}, which ${file} names, does not exist in ${home}.`,
    remedy: 'Build the plugin, or mend the path in its manifest.',
  }));
  if (!path.startsWith(folder + sep))
    throw new BlockhostError(
      'entry.outside',
      `${entry} points outside of its folder, to ${relative(folder, path)}.`,
      { remedy: 'A plugin runs only modules of its own folder: mend the path in its manifest.' },
    );
  return path;
}

function realpathOf(
  path: string,
  missing: () => { readonly sentence: string; readonly remedy?: string },
): string {
  try {
    return realpathSync.native(path);
  } catch (cause) {
    const { sentence, ...remedy } = missing();
    throw new BlockhostError('entry.missing', sentence, { cause, ...remedy });
  }
}

/** Imports a module by its absolute path. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}
