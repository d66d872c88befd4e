import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Paths } from '../ports/paths.js';

/**
 * `database.url` of blockhost.yaml, or null. Every command that opens the database comes by here, and hardly any host has
 * one: a file that does not mention it is not parsed, and nothing that could parse it is loaded.
 */
export async function databaseUrl(paths: Paths): Promise<string | null> {
  const text = await readFile(path.join(paths.config, 'blockhost.yaml'), 'utf8').catch(() => '');
  if (!/^["']?database["']?\s*:/m.test(text)) return null;
  const [{ createHostConfig }, { BLOCKHOST_YAML }] = await Promise.all([
    import('../config/create-host-config.js'),
    import('../host-files/host-files.js'),
  ]);
  return (await createHostConfig({ paths }).read(BLOCKHOST_YAML)).database?.url ?? null;
}
