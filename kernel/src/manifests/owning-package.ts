import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Paths } from '../ports/paths.js';

/**
 * Answers which Debian package installed one of `files` (paths below the root), from the lists that dpkg keeps in
 * `/var/lib/dpkg/info/PACKAGE.list`, one absolute path a line; null for files of no package, and on a system without
 * dpkg. The lists are read at the first question.
 */
export function packageOwners(
  files: readonly string[],
  paths: Pick<Paths, 'root' | 'resolve'>,
): (file: string) => string | null {
  let owners: ReadonlyMap<string, string> | undefined;
  return (file) => {
    owners ??= readOwners(files, paths);
    return owners.get(file) ?? null;
  };
}

function readOwners(
  files: readonly string[],
  paths: Pick<Paths, 'root' | 'resolve'>,
): ReadonlyMap<string, string> {
  const owners = new Map<string, string>();
  const wanted = files.map((file) => ({ file, line: Buffer.from(`\n${belowRoot(file, paths.root)}\n`) }));
  const folder = paths.resolve('/var/lib/dpkg/info');
  for (const list of listFiles(folder)) {
    const text = Buffer.concat([Buffer.from('\n'), readFileSync(join(folder, list))]);
    for (const { file, line } of wanted)
      if (text.includes(line)) owners.set(file, list.slice(0, -'.list'.length).split(':')[0] ?? list);
  }
  return owners;
}

function belowRoot(file: string, root: string): string {
  return root !== '/' && file.startsWith(`${root}/`) ? file.slice(root.length) : file;
}

/** The owner of a file is worth knowing, never worth failing for. */
function listFiles(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.list'));
  } catch {
    return [];
  }
}
