import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { BlockhostError, type Paths } from '@blockhost/kernel';

/** Where verbs are looked up, below the host's root (specification provisioners.md 2.1). */
const FOLDERS = ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];

/** The file that a manifest's `commands` entry stands for: an absolute path or a bare file name, never a line to split. */
export async function executable(command: string, paths: Paths): Promise<string> {
  const bare = !command.includes('/');
  if (!bare && !command.startsWith('/'))
    throw new BlockhostError('exec.not-found', `"${command}" is neither an absolute path nor a file name.`, {
      remedy: 'Correct the entry in the manifest of the provisioner.',
    });
  const candidates = (bare ? FOLDERS.map((folder) => `${folder}/${command}`) : [command]).map((path) =>
    paths.resolve(path),
  );
  for (const path of candidates)
    if (
      await access(path, constants.X_OK).then(
        () => true,
        () => false,
      )
    )
      return path;
  throw new BlockhostError('exec.not-found', `There is no executable ${command}.`, {
    remedy: 'Install the package that carries it, or make it executable.',
    facts: { searched: candidates.join(' ') },
  });
}
