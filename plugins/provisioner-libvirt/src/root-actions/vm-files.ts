import { chmod, lstat, mkdir, realpath, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Paths, RootActionContext } from '@blockhost/kernel';
import { storagePath } from '../settings.js';
import { denied } from './refusal.js';

/** Files of one VM. They and their folder belong to root: what QEMU opens, the service account cannot exchange. */
export interface VmFiles {
  readonly disk: string;
  readonly seed: string;
}

export async function vmFiles(
  { config, paths }: Pick<RootActionContext, 'config' | 'paths'>,
  name: string,
): Promise<VmFiles> {
  const folder = await vmFolder({ config, paths });
  return { disk: join(folder, `${name}.qcow2`), seed: join(folder, `${name}-seed.iso`) };
}

export async function vmFolder({
  config,
  paths,
}: Pick<RootActionContext, 'config' | 'paths'>): Promise<string> {
  return rootFolder(paths.resolve(await storagePath(config)), 0o711);
}

export async function removeVmFiles({ disk, seed }: VmFiles): Promise<void> {
  for (const path of [seed, disk]) await rm(path, { force: true });
}

export function templateFolder(paths: Paths): Promise<string> {
  return rootFolder(paths.resolve('/var/lib/blockhost/templates'), 0o755);
}

/** Makes the folder if need be; refuses one that is reached by links or that anybody but root may write. */
async function rootFolder(path: string, mode: number): Promise<string> {
  // The umask of the agent takes bits away: a folder that is new gets its mode afterwards.
  await mkdir(path, { mode: 0o700 }).then(
    () => chmod(path, mode),
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    },
  );
  await checkRootFolder(path);
  return path;
}

/** Refuses a folder that is reached by links or that anybody but root may write. */
export async function checkRootFolder(path: string): Promise<void> {
  const found = await lstat(path);
  if (!found.isDirectory() || (await realpath(dirname(path))) !== dirname(path))
    throw denied(`${path} is no folder, or is reached by a link.`, 'Name the folder itself in db.yaml.');
  if (found.uid !== process.geteuid?.() || (found.mode & 0o022) !== 0)
    throw denied(`${path} does not belong to root alone.`, `Run: chown root ${path} && chmod go-w ${path}`);
}

/** Refuses what is no plain file of root's: a link, a device, or a file that somebody else may write. */
export async function checkRootFile(path: string): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') throw denied(`There is no file ${path}.`);
    throw error;
  });
  if (!found.isFile() || (found.mode & 0o022) !== 0) throw denied(`${path} is no plain file of root's.`);
}
