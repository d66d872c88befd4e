import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { BlockhostError, type Paths } from '@blockhost/kernel';
import { denied } from '../actions/denied.js';
import { ownFolder } from '../own-folder.js';
import type { CustomizeCommand } from './customize-command.js';
import { type HeldFile, holdFile, pathOf } from './held-file.js';

/** The agent's own, on the file system of the images, so that a finished one is moved and not copied. */
const FOLDER = '/var/lib/blockhost-root-agent/images';

/** A folder for one call. */
export async function makeStaging(paths: Paths): Promise<string> {
  await ownFolder(paths.resolve('/var/lib/blockhost-root-agent'));
  return mkdtemp(join(await ownFolder(paths.resolve(FOLDER)), 'work-'));
}

/** Throws away what calls have left behind that were cut off: nothing of it was ever published. */
export async function clearStaging(paths: Paths): Promise<void> {
  await rm(paths.resolve(FOLDER), { recursive: true, force: true });
}

/** Copies a held file; only root may read the copy. Throws `root-agent.no-space`. */
export async function stage(source: HeldFile, to: string): Promise<void> {
  try {
    await copyFile(pathOf(source.file), to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOSPC') throw cause;
    throw new BlockhostError('root-agent.no-space', `There is no room for a copy of ${source.name}.`, {
      cause,
      remedy: `Make room on the file system of ${FOLDER}.`,
    });
  }
  await chmod(to, 0o600);
}

/**
 * Copies the files of the host that commands put into the image, and answers the commands with the copies in their place.
 * Throws `root-agent.denied` for a file that not everybody may read, unless it belongs to the service account.
 */
export async function stageSources(
  commands: readonly CustomizeCommand[],
  folder: string,
  paths: Paths,
): Promise<readonly CustomizeCommand[]> {
  const { uid: service } = await stat(paths.state);
  return Promise.all(
    commands.map(async (command, at) => {
      const { source, argument } = command;
      if (source === null) return command;
      await using held = await holdFile(paths.resolve(source));
      const { uid, mode } = held.status;
      // Into the guest goes only what the caller could have read: the contents of an image are no secret of root's.
      if ((mode & 0o004) === 0 && uid !== service)
        throw denied(`Not everybody may read ${source}, so it is not put into an image.`);
      const copy = join(folder, String(at), basename(source));
      await mkdir(join(folder, String(at)), { mode: 0o700 });
      await stage(held, copy);
      return { ...command, source: copy, argument: `${copy}${argument.slice(source.length)}` };
    }),
  );
}
