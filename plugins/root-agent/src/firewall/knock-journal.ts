import { lstat, mkdir, readFile, rename } from 'node:fs/promises';
import { uptime } from 'node:os';
import { join } from 'node:path';
import { BlockhostError, type Paths, writeFileAtomic } from '@blockhost/kernel';
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
    await this.#claim();
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
    await this.#claim();
    const content: JournalFile = { boot: await bootId(), rules };
    await writeFileAtomic(this.#path, `${JSON.stringify(content, null, 2)}\n`, 0o600);
  }

  get #path(): string {
    return join(this.#folder, 'knocks.json');
  }

  /** What somebody else put in the folder's place is moved aside, never followed. */
  async #claim(): Promise<void> {
    for (let attempt = 0; attempt < 3; attempt++) {
      const present = await lstat(this.#folder).catch(() => null);
      if (present?.isDirectory() && present.uid === process.geteuid?.() && (present.mode & 0o077) === 0)
        return;
      if (present) await rename(this.#folder, `${this.#folder}.foreign-${crypto.randomUUID()}`);
      await mkdir(this.#folder, { mode: 0o700 }).catch((cause: NodeJS.ErrnoException) => {
        if (cause.code !== 'EEXIST') throw cause;
      });
    }
    throw new BlockhostError('root-agent.no-folder', `The folder ${this.#folder} is not the agent's own.`, {
      remedy: 'Remove it, then start the agent again.',
    });
  }
}

/** Seconds since the machine started. */
export const now = (): number => uptime();

const bootId = async (): Promise<string> =>
  (await readFile('/proc/sys/kernel/random/boot_id', 'utf8')).trim();
