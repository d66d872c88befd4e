import { readFile, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import { kindOf } from '../manifests/find-plugin.js';
import type { ManifestKind } from '../manifests/found-plugin.js';

/** A plugin's own folder, as its author sees it. */
export interface PluginFolder {
  readonly folder: string;
  readonly kind: ManifestKind;
  readonly file: string;
}

const manifestKinds: readonly ManifestKind[] = ['engine', 'provisioner', 'broker', 'plugin'];

/** The one manifest in a plugin's folder, `engine.json`, `provisioner.json`, `broker.json` or `plugin.json`; or that file. */
export async function findPluginFolder(path: string): Promise<PluginFolder> {
  const folder = resolve(path);
  if (folder.endsWith('.json') && (await isFile(folder)))
    return { folder: dirname(folder), kind: kindOf(folder), file: folder };
  const present: PluginFolder[] = [];
  for (const kind of manifestKinds) {
    const file = join(folder, `${kind}.json`);
    if (await isFile(file)) present.push({ folder, kind, file });
  }
  const [only, second] = present;
  if (only && !second) return only;
  throw new BlockhostError(
    only ? 'plugins.several-manifests' : 'plugins.no-manifest',
    only
      ? `${folder} has more than one manifest.`
      : `${folder} is not the folder of a plugin: it has no manifest.`,
    {
      remedy: only
        ? 'A plugin has one role: move the others into folders of their own.'
        : 'Name the folder that holds engine.json, provisioner.json, broker.json or plugin.json.',
      exitCode: 2,
    },
  );
}

/** Where the host looks for a manifest of this kind, below its share folder. */
export function manifestPlace(share: string, kind: ManifestKind, name: string): string {
  return kind === 'plugin' ? join(share, 'plugins.d', `${name}.json`) : join(share, `${kind}.json`);
}

/** The plugin's name, from a manifest that need not be valid otherwise. */
export async function manifestName({ file }: PluginFolder): Promise<string> {
  let name: unknown;
  try {
    name = JSON.parse(await readFile(file, 'utf8')).name;
  } catch (cause) {
    throw new BlockhostError('plugins.unreadable-manifest', `${file} is not readable JSON.`, { cause });
  }
  if (typeof name === 'string' && /^[a-z][a-z0-9-]{0,63}$/.test(name)) return name;
  throw new BlockhostError('plugins.no-name', `${file} gives the plugin no proper name.`, {
    remedy: 'Set "name" to lower-case letters, digits and dashes, starting with a letter.',
  });
}

async function isFile(file: string): Promise<boolean> {
  return (await stat(file).catch(() => null))?.isFile() ?? false;
}
