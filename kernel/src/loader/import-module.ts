import { realpath } from 'node:fs/promises';
import { relative, resolve, sep } from 'node:path';
import { pathToFileURL } from 'node:url';
import { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';

/** Path of a module of the plugin, free of links. Throws `entry.missing` or `entry.outside`. */
export async function locateModule({ home, file }: FoundPlugin, entry: string): Promise<string> {
  const folder = await realpath(home).catch((cause: unknown) => {
    throw new BlockhostError('entry.missing', `its folder ${home} cannot be read.`, { cause });
  });
  const path = await realpath(resolve(folder, entry)).catch((cause: unknown) => {
    throw new BlockhostError('entry.missing', `${entry}, which ${file} names, does not exist in ${home}.`, {
      cause,
      remedy: 'Build the plugin, or mend the path in its manifest.',
    });
  });
  if (!path.startsWith(folder + sep))
    throw new BlockhostError(
      'entry.outside',
      `${entry} points outside of its folder, to ${relative(folder, path)}.`,
      { remedy: 'A plugin runs only modules of its own folder: mend the path in its manifest.' },
    );
  return path;
}

/** Imports a module by its absolute path. */
export async function importModule(path: string): Promise<Readonly<Record<string, unknown>>> {
  return (await import(pathToFileURL(path).href)) as Readonly<Record<string, unknown>>;
}
