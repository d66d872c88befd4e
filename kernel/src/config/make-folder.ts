import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { unwritable } from './unwritable.js';

/**
 * Makes `path` and what is missing above it, each with `mode`; one that exists is left as it is. Throws
 * `file.unwritable`. Node's own `recursive` tries for ever where nothing can be made (`/proc`).
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  if (await made(path, mode)) return;
  const above = dirname(path);
  await makeFolder(above, mode);
  if (!(await made(path, mode)))
    throw unwritable(path, above, new Error(`no folder can be made in ${above}`));
}

/** False when the folder above is missing. */
async function made(path: string, mode: number): Promise<boolean> {
  try {
    await mkdir(path, { mode });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' && dirname(path) !== path) return false;
    if (code !== 'EEXIST') throw unwritable(path, dirname(path), cause);
  }
  return true;
}
