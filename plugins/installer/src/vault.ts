import { readFile, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { BlockhostError, makeFolder, type Paths, writeFileAtomic } from '@blockhost/kernel';

/** Secret answers by `section.name`. */
export type Secrets = Readonly<Record<string, string>>;

/** Keeps the secret answers between two runs of a set-up, in `/run/blockhost/installer/vault` 0600, and nowhere else. */
export class Vault {
  readonly #path: string;

  constructor(paths: Paths) {
    this.#path = join(paths.run, 'installer', 'vault');
  }

  async load(): Promise<Secrets> {
    try {
      return JSON.parse(await readFile(this.#path, 'utf8')) as Secrets;
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return {};
      throw new BlockhostError(
        'setup.vault-unreadable',
        'The secrets of the interrupted set-up cannot be read.',
        {
          remedy: 'Run the set-up again with --config and the file that holds them.',
        },
      );
    }
  }

  async save(secrets: Secrets): Promise<void> {
    await makeFolder(dirname(this.#path), 0o700);
    await writeFileAtomic(this.#path, JSON.stringify(secrets), 0o600);
  }

  async wipe(): Promise<void> {
    await rm(this.#path, { force: true });
  }
}
