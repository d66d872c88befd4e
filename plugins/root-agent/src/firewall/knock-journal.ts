import { readFile } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { type Paths, writeFileAtomic } from '@blockhost/kernel';
import { ownFolder } from '../own-folder.js';
import type { TimedRule } from './knock-rule.js';

interface JournalFile {
  /** The rules of another start of the machine went with it. */
  readonly boot: string;
  readonly rules: readonly TimedRule[];
}

/**
 * Which ports are to be open, in `$RUN/root-agent/knocks.json`: written before the firewall changes. The folder belongs to
 * root alone, because in `$RUN` itself the service account may make files of its own.
 */
export class KnockJournal {
  readonly #folder: string;

  constructor(paths: Paths) {
    this.#folder = join(paths.run, 'root-agent');
  }

  /** What was open when it was last written; nothing after a new start of the machine, or when it cannot be read. */
  async read(): Promise<readonly TimedRule[]> {
    await ownFolder(this.#folder);
    const text = await readFile(this.#path, 'utf8').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code === 'ENOENT') return null;
      throw cause;
    });
    if (text === null) return [];
    try {
      const { boot, rules } = JSON.parse(text) as JournalFile;
      return boot === (await bootId()) && Array.isArray(rules) ? rules : [];
    } catch {
      // Written atomically, so only a broken disk gets here. Closed ports are the safe answer.
      return [];
    }
  }

  async write(rules: readonly TimedRule[]): Promise<void> {
    await ownFolder(this.#folder);
    const content: JournalFile = { boot: await bootId(), rules };
    await writeFileAtomic(this.#path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  }

  get #path(): string {
    return join(this.#folder, 'knocks.json');
  }
}

/** Seconds since the machine started. */
export const now = (): number => uptime();

const bootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
