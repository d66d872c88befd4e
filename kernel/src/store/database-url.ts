import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { createHostConfig } from '../config/create-host-config.js';
import { BLOCKHOST_YAML } from '../host-files/host-files.js';
import type { Paths } from '../ports/paths.js';

/**
 * `database.url` of blockhost.yaml, or null. Every command that opens the database comes by here, and hardly any host has
 * one: a file that does not mention it is not parsed.
 */
export async function databaseUrl(paths: Paths): Promise<string | null> {
  const text = await readFile(path.join(paths.config, BLOCKHOST_YAML.name), 'utf8').catch(() => '');
  if (!/^["']?database["']?\s*:/m.test(text)) return null;
  return (await createHostConfig({ paths }).read(BLOCKHOST_YAML)).database?.url ?? null;
}
