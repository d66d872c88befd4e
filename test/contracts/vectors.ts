import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Where the interoperability vectors are: `test/vectors`, or another directory of the same form, named by the
 * environment variable `BLOCKHOST_VECTORS`.
 */
export const vectorsFolder = process.env.BLOCKHOST_VECTORS
  ? resolve(process.env.BLOCKHOST_VECTORS)
  : // Seen from test/dist/contracts, where this module runs.
    fileURLToPath(new URL('../../vectors', import.meta.url));

/** The cases of a vector file, by its name without `.json`. */
export function readCases<Case>(name: string): readonly Case[] {
  return JSON.parse(readFileSync(join(vectorsFolder, `${name}.json`), 'utf8')).cases;
}
