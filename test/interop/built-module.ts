import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { checkout } from '../demo/host.js';

/** A module of a plugin that no entry exports, by the path of its compiled file below `plugins/`. */
export async function builtModule<T>(path: string): Promise<T> {
  return (await import(pathToFileURL(join(checkout, 'plugins', path)).href)) as T;
}
