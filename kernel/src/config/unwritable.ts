import { BlockhostError } from '../errors/blockhost-error.js';

/** `file.unwritable`: what the system said of writing `path` in `folder`, with the remedy for it. */
export function unwritable(path: string, folder: string, cause: unknown): BlockhostError {
  const { code = '' } = cause as NodeJS.ErrnoException;
  return new BlockhostError('file.unwritable', `${path} cannot be written.`, {
    cause,
    remedy: REMEDIES[code]?.(folder) ?? `Check the folder ${folder}.`,
  });
}

const REMEDIES: Readonly<Record<string, (folder: string) => string>> = {
  ENOSPC: (folder) => `Free space on the file system of ${folder}.`,
  EDQUOT: (folder) => `Free space on the file system of ${folder}.`,
  ENOENT: (folder) => `Create the folder ${folder}.`,
  EROFS: (folder) => `Mount the file system of ${folder} writable.`,
  EACCES: (folder) => `Run this as the account that owns ${folder}.`,
  EPERM: (folder) => `Run this as the account that owns ${folder}.`,
};
