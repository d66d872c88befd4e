import { randomUUID } from 'node:crypto';
import { link, rm } from 'node:fs/promises';
import { BlockhostError, writeFileAtomic } from '@blockhost/kernel';

/**
 * Writes a key file with mode 0600. Unless `replace`, never over anything that is there, also when it comes into being
 * meanwhile: throws `nft-tool.file-exists`.
 */
export async function writeKeyFile(path: string, text: string, replace: boolean): Promise<void> {
  if (replace) return await writeFileAtomic(path, text, 0o600);
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFileAtomic(draft, text, 0o600);
    await link(draft, path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause;
    throw new BlockhostError('nft-tool.file-exists', `${path} exists already.`, {
      remedy: 'Give another name, or --force to replace it: the key that is in it will be lost.',
    });
  } finally {
    await rm(draft, { force: true });
  }
}
