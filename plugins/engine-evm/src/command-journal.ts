import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  acquireLock,
  BlockhostError,
  type Paths,
  type SignedTransaction,
  writeFileAtomic,
} from '@blockhost/kernel';

const LOCK_TIMEOUT_MS = 10_000;
/** Notes whose result was told are kept for a month. */
const KEPT_MS = 30 * 86_400_000;

/** The transaction that serves a wish, and whether somebody was told what it brought. */
interface Note {
  readonly transaction: SignedTransaction;
  readonly told: boolean;
}

/**
 * Where commands keep the transactions they sign, one file per wish: a command given again after a kill or a timeout
 * settles the one it has instead of sending a second.
 *
 * Runs that overlap share a transaction and end alike; one that starts after the result was told wishes anew. So a run
 * passes over what was told before it began, and told notes stay: who waits for the wallet meanwhile must see them.
 */
export class CommandJournal {
  readonly #mine = new Map<string, string>();

  private constructor(
    private readonly folder: string,
    /** Hashes of the transactions whose result was told before this run began. */
    private readonly over: ReadonlySet<string>,
  ) {}

  /** `names` are file names without an ending, unique for chain, wallet and wish. */
  static async open({ state }: Pick<Paths, 'state'>, names: readonly string[]): Promise<CommandJournal> {
    const folder = join(state, 'evm-transactions');
    const notes = await Promise.all(names.map((name) => read(fileOf(folder, name))));
    const told = notes.flatMap((note) => (note?.told ? [note.transaction.hash] : []));
    return new CommandJournal(folder, new Set(told));
  }

  async get<T>(name: string): Promise<T | undefined> {
    return (await this.transaction(name)) as T | undefined;
  }

  /** The transaction that serves a wish of this run. */
  async transaction(name: string): Promise<SignedTransaction | undefined> {
    const note = await read(fileOf(this.folder, name));
    if (note === null || this.over.has(note.transaction.hash)) return undefined;
    this.#mine.set(name, note.transaction.hash);
    return note.transaction;
  }

  /** null: the noted transaction will never be mined, or failed. */
  async put(name: string, transaction: unknown): Promise<void> {
    const signed = transaction as SignedTransaction | null;
    await this.#change(name, () => (signed === null ? null : { transaction: signed, told: false }));
    if (signed !== null) this.#mine.set(name, signed.hash);
  }

  /** The results of this run were told. */
  async finish(): Promise<void> {
    for (const [name, hash] of this.#mine)
      await this.#change(name, (note) => (note?.transaction.hash === hash ? { ...note, told: true } : note));
    if (this.#mine.size > 0) await this.#prune();
  }

  /** What was told long ago nobody waits for any more. */
  async #prune(): Promise<void> {
    for (const entry of await readdir(this.folder)) {
      if (!entry.endsWith('.json')) continue;
      const file = join(this.folder, entry);
      const { mtimeMs } = await stat(file);
      if (mtimeMs > Date.now() - KEPT_MS) continue;
      using _ = await acquireLock(join(this.folder, 'lock'), {
        timeoutMs: LOCK_TIMEOUT_MS,
        purpose: 'forgetting a transaction',
      });
      if ((await read(file))?.told !== false) await rm(file, { force: true });
    }
  }

  async #change(name: string, change: (note: Note | null) => Note | null): Promise<void> {
    using _ = await acquireLock(join(this.folder, 'lock'), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose: 'noting a transaction',
    });
    const file = fileOf(this.folder, name);
    await writeFileAtomic(file, `${JSON.stringify(change(await read(file)))}\n`, 0o600);
  }
}

const fileOf = (folder: string, name: string) => join(folder, `${name}.json`);

async function read(file: string): Promise<Note | null> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw new BlockhostError('chain.bad-note', `The note of a sent transaction cannot be read: ${file}.`, {
      cause,
      remedy: 'Look at what the wallet has sent before you remove this file.',
    });
  }
}
