import { lstatSync, readlinkSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';

/** The two questions asked of the file system. */
export interface Links {
  lstat(path: string): {
    readonly uid: number;
    readonly mode: number;
    isSymbolicLink(): boolean;
  };
  readlink(path: string): string;
}

const MOST_LINKS = 40;

/**
 * Why a process that runs as root must not load `path`, or null (architecture, section 3.2).
 *
 * The file and every folder above it must belong to root and be writable by root alone; a folder that everybody may write
 * is refused with its sticky bit too. Links are followed one by one, so both the folders that hold a link and those that
 * hold its target are checked.
 */
export function trustProblem(
  path: string,
  files: Links = { lstat: lstatSync, readlink: readlinkSync },
): string | null {
  const parts = resolve(path).split('/').filter(Boolean);
  let links = 0;
  let at = '/';
  try {
    for (;;) {
      const stat = files.lstat(at);
      if (stat.uid !== 0) return `${at} belongs to user ${stat.uid}, not to root.`;
      if (stat.isSymbolicLink()) {
        if (++links > MOST_LINKS) return `${path} passes through more than ${MOST_LINKS} links.`;
        const target = files.readlink(at);
        parts.unshift(
          ...(isAbsolute(target) ? target : join(dirname(at), target)).split('/').filter(Boolean),
        );
        at = '/';
        continue;
      }
      if ((stat.mode & 0o022) !== 0)
        return `${at} has mode ${(stat.mode & 0o7777).toString(8).padStart(4, '0')}: others than root can write it.`;
      const next = parts.shift();
      if (next === undefined) return null;
      at = join(at, next);
    }
  } catch (error) {
    return `${at} cannot be checked: ${(error as Error).message}.`;
  }
}
