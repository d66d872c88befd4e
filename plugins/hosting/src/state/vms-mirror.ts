import { type HostConfig, type Logger, type Paths, sentenceOf } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { isMirrored, mirrorVms } from './mirror-vms.js';
import { vmsFile } from './vms-file.js';

/**
 * Follows the changes of a store. Changes that come while one is written share the next writing. A mirror that cannot be
 * written is an error in the log: the change it tells of stands.
 */
export class VmsMirror {
  #file: Promise<string | null> | undefined;
  #writing: Promise<void> = Promise.resolve();
  #next: Promise<void> | null = null;

  constructor(
    private readonly database: Knex,
    private readonly config: HostConfig,
    private readonly paths: Paths,
    private readonly log: Logger,
  ) {}

  /** Resolves once the file tells of every change committed before the call, or does not because it cannot. */
  async follow(): Promise<void> {
    this.#file ??= this.#find();
    const file = await this.#file;
    if (file === null) return;
    this.#next ??= this.#writing.then(() => {
      this.#next = null;
      this.#writing = this.#write(file);
      return this.#writing;
    });
    await this.#next;
  }

  async #find(): Promise<string | null> {
    try {
      return (await isMirrored(this.config)) ? await vmsFile(this.config, this.paths) : null;
    } catch (error) {
      this.log.error('whether vms.json is wanted cannot be read', { reason: sentenceOf(error) });
      return null;
    }
  }

  async #write(file: string): Promise<void> {
    try {
      await mirrorVms(this.database, file);
    } catch (error) {
      this.log.error('vms.json could not be brought up to date', { file, reason: sentenceOf(error) });
    }
  }
}
