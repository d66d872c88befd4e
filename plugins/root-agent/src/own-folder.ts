import { lstat, mkdir, rename } from 'node:fs/promises';
import { BlockhostError } from '@blockhost/kernel';

/**
 * Makes sure that `path` is a folder of this account which nobody else may look into, and answers it. What somebody else
 * put in its place is moved aside, never followed. Throws `root-agent.no-folder`.
 */
export async function ownFolder(path: string): Promise<string> {
  for (let attempt = 0; attempt < 3; attempt++) {
    const present = await lstat(path).catch(() => null);
    if (present?.isDirectory() && present.uid === process.geteuid?.() && (present.mode & 0o077) === 0)
      return path;
    if (present) await rename(path, `${path}.foreign-${crypto.randomUUID()}`);
    await mkdir(path, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'EEXIST') throw cause;
    });
  }
  throw new BlockhostError('root-agent.no-folder', `The folder ${path} is not the agent's own.`, {
    remedy: 'Remove it, then start the agent again.',
  });
}
