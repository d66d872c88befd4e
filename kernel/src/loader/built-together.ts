import { readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Written by the build: folders below `plugins/` beside this kernel that were built, and tested, together with it. */
const LIST = join(import.meta.dirname, '../built-together.json');

let folders: ReadonlySet<string> | undefined;

/** True for the folder of a plugin that comes from the same source tree as this kernel. */
export function isBuiltTogether(home: string): boolean {
  if (dirname(home) !== join(import.meta.dirname, '../../../plugins')) return false;
  folders ??= new Set(list());
  return folders.has(basename(home));
}

function list(): readonly string[] {
  try {
    return JSON.parse(readFileSync(LIST, 'utf8'));
  } catch {
    // The build did not get that far: every plugin is a stranger.
    return [];
  }
}
