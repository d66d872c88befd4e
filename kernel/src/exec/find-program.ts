import { constants } from 'node:fs';
import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockhostError } from '../errors/blockhost-error.js';
import { PROGRAM_PATH } from './child-environment.js';

/**
 * The file that `name` stands for: itself when it has a slash, else the first executable of that name on the fixed path.
 * Throws `exec.not-found` or `exec.not-executable`.
 */
export async function findProgram(name: string): Promise<string> {
  const candidates = name.includes('/')
    ? [name]
    : PROGRAM_PATH.split(':').map((folder) => join(folder, name));
  let present: string | undefined;
  for (const file of candidates) {
    const isFile = await stat(file).then(
      (stats) => stats.isFile(),
      () => false,
    );
    if (!isFile) continue;
    present ??= file;
    const executable = await access(file, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (executable) return file;
  }
  if (present !== undefined)
    throw new BlockhostError('exec.not-executable', `${present} is not executable.`, {
      remedy: `Make it executable: chmod +x ${present}`,
    });
  throw new BlockhostError('exec.not-found', `There is no program ${name}.`, {
    remedy: 'Install the package that carries it.',
    facts: { searched: name.includes('/') ? name : PROGRAM_PATH },
  });
}
