import { BlockhostError } from '../errors/blockhost-error.js';

/** `file.unwritable`: what the system said of writing `path` in `folder`, with the remedy for it. */
export function unwritable(path: string, folder: string, cause: unknown): BlockhostError {
  return new BlockhostError('file.unwritable', `${path} cannot be written.`, {
    cause,
    remedy: diskRemedy(cause, folder) ?? `Check that the folder ${folder} exists and takes new files.`,
  });
}

/** What mends the disk, when that is what an error of the system or of SQLite comes from; `place` names the folder. */
export function diskRemedy(error: unknown, place: string): string | null {
  for (let inner = error; inner instanceof Error; inner = inner.cause)
    if ('code' in inner && typeof inner.code === 'string' && inner.code in REMEDIES)
      return REMEDIES[inner.code]?.(place) ?? null;
  return null;
}

const free = (place: string) => `Free space on the file system of ${place}.`;
const remount = (place: string) => `Mount the file system of ${place} writable.`;
const own = (place: string) => `Run this as the account that owns ${place}.`;
const opened = (place: string) => `Check that the folder ${place} exists and is writable for this account.`;

const REMEDIES: Readonly<Record<string, (place: string) => string>> = {
  ENOSPC: free,
  EDQUOT: free,
  SQLITE_FULL: free,
  EROFS: remount,
  EACCES: own,
  EPERM: own,
  SQLITE_READONLY: opened,
  SQLITE_CANTOPEN: opened,
};
