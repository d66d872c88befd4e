import { constants, type Stats } from 'node:fs';
import { type FileHandle, open, readlink } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { denied } from '../actions/denied.js';

const READ = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;

/** A plain file and the folder it lies in, both held open: whoever renames what leads to them changes nothing. */
export interface HeldFile {
  readonly name: string;
  readonly file: FileHandle;
  readonly folder: FileHandle;
  /** What it was when it was opened. */
  readonly status: Stats;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Opens a plain file to which no link leads and that has no second name. The service account may own the folders above it,
 * so not the path is judged but what was opened (specification provisioners.md 8). Throws `root-agent.denied`.
 */
export async function holdFile(path: string): Promise<HeldFile> {
  const name = basename(path);
  const folder = await opened(dirname(path), READ | constants.O_DIRECTORY);
  try {
    const file = await opened(path, READ, within(folder, name));
    const status = await file.stat();
    if (status.isFile() && status.nlink === 1)
      return {
        name,
        file,
        folder,
        status,
        async [Symbol.asyncDispose]() {
          await file.close();
          await folder.close();
        },
      };
    await file.close();
    throw denied(`${path} is no plain file, or has a second name.`);
  } catch (error) {
    await folder.close();
    throw error;
  }
}

/** A path that leads through the held folder, wherever that is by now (`proc_pid_fd(5)`). */
export function within(folder: FileHandle, name: string): string {
  return `/proc/self/fd/${folder.fd}/${name}`;
}

/** A path that leads to the held file, whatever has its name by now. */
export function pathOf(file: FileHandle): string {
  return `/proc/self/fd/${file.fd}`;
}

async function opened(path: string, flags: number, by = path): Promise<FileHandle> {
  const handle = await open(by, flags).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') throw denied(`There is no ${path}.`);
    if (['ELOOP', 'ENOTDIR', 'ENXIO'].includes(cause.code ?? ''))
      throw denied(`${path} is a link, or no plain file.`);
    throw cause;
  });
  if ((await readlink(pathOf(handle))) === path) return handle;
  await handle.close();
  throw denied(`A link leads to ${path}.`);
}
