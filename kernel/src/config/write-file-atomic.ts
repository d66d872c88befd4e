import { constants } from 'node:fs';
import { lstat, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { unwritable } from './unwritable.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Replaces `path` by `data`: readers see the old or the new file, never a part, and after a crash of the machine as well
 * (specification host.md 1.8). The file has `mode` before the first byte of it is written. A symbolic link at `path` is
 * replaced, not followed. Root keeps the owner of the present file, or gives a new one the folder's group.
 *
 * Throws `file.unwritable`; nothing is left behind then.
 */
export async function writeFileAtomic(path: string, data: string | Uint8Array, mode: number): Promise<void> {
  const folder = dirname(path);
  const temporary = join(folder, `.${basename(path)}.${crypto.randomUUID()}.tmp`);
  try {
    const file = await open(temporary, CREATE, mode);
    try {
      // The umask may have taken bits away; owner first, because chown clears bits on some systems.
      const owner = await ownerFor(path, folder);
      if (owner) await file.chown(owner.uid, owner.gid);
      await file.chmod(mode);
      await file.writeFile(data);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
    await syncFolder(folder);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => {});
    throw unwritable(path, folder, cause);
  }
}

async function ownerFor(path: string, folder: string) {
  if (process.getuid?.() !== 0) return null;
  const present = await lstat(path).catch(() => null);
  if (present?.isFile()) return { uid: present.uid, gid: present.gid };
  return { uid: 0, gid: (await lstat(folder)).gid };
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
