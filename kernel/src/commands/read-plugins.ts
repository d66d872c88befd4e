import { readdir, readFile, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { FoundPlugin } from '../manifests/found-plugin.js';

export async function readPlugins(): Promise<FoundPlugin[]> {
  const share =
    process.env.BLOCKHOST_SHARE_DIR ?? join(process.env.BLOCKHOST_ROOT ?? '/', 'usr/share/blockhost');
  const names = await readdir(join(share, 'plugins.d')).catch(() => [] as string[]);
  const files = [
    ...(['engine', 'provisioner', 'broker'] as const).map((kind) => ({
      kind,
      file: join(share, `${kind}.json`),
    })),
    ...names.sort().map((name) => ({ kind: 'plugin' as const, file: join(share, 'plugins.d', name) })),
  ];
  const found: FoundPlugin[] = [];
  for (const { kind, file } of files) {
    const text = await readFile(file, 'utf8').catch(() => null);
    if (text === null) continue;
    const manifest = JSON.parse(text);
    const home = manifest.home ?? dirname(await realpath(file));
    found.push({
      kind,
      file,
      name: manifest.name ?? basename(file, '.json'),
      home,
      manifest,
      problems: [],
      foreign: false,
    });
  }
  return found;
}
