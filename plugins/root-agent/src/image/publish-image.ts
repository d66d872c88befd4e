import { constants, type Stats } from 'node:fs';
import { copyFile, type FileHandle, lstat, open, rename, rm } from 'node:fs/promises';
import { denied } from '../actions/denied.js';
import { type HeldFile, pathOf, within } from './held-file.js';

const CREATE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

/**
 * Puts a finished file in the place of the held one, with its owner and mode: who opens it sees the old or the new, also
 * after a crash. Throws `root-agent.denied` when it is no longer the file that was taken.
 */
export async function publishImage(finished: string, { name, folder, status }: HeldFile): Promise<void> {
  const target = within(folder, name);
  const present = await lstat(target).catch(() => null);
  if (present?.ino !== status.ino || present.dev !== status.dev || present.mtimeMs !== status.mtimeMs)
    throw denied(`${name} was changed while its copy was worked on.`, 'Try again.');
  const made = await open(finished, 'r+');
  try {
    await settleAs(made, status);
  } finally {
    await made.close();
  }
  await rename(finished, target).catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EXDEV') throw error;
    await moveAcross(finished, folder, name, status);
  });
  await folder.sync();
}

async function settleAs(file: FileHandle, { uid, gid, mode }: Stats): Promise<void> {
  await file.chown(uid, gid);
  await file.chmod(mode & 0o777);
  await file.sync();
}

/** From another file system: first beside its place. Only the held file is touched, for others may write in its folder. */
async function moveAcross(from: string, folder: FileHandle, name: string, before: Stats): Promise<void> {
  const beside = within(folder, `.${name}.new`);
  await rm(beside, { force: true });
  const file = await open(beside, CREATE, 0o600);
  try {
    await copyFile(from, pathOf(file));
    await settleAs(file, before);
    await rename(beside, within(folder, name));
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  } finally {
    await file.close();
  }
}
