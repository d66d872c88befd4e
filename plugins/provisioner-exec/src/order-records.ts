import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { BlockhostError, type CreatedVm, writeFileAtomic } from '@blockhost/kernel';

/** What the adapter remembers of an order, because the executables know no operations. */
export interface OrderRecord {
  readonly schema: 1;
  readonly name: string;
  readonly operationId: string;
  /** Identity of this attempt: a later one is not undone by it. */
  readonly attempt: string;
  /** `ordered` before the verb runs, `created` with its result, `destroyed` once the verb said so. */
  readonly phase: 'ordered' | 'created' | 'destroyed';
  readonly result: CreatedVm | null;
}

/** One small file per VM; written before the verb that it tells of. */
export class OrderRecords {
  constructor(private readonly folder: string) {}

  async read(name: string): Promise<OrderRecord | null> {
    let text: string;
    try {
      text = await readFile(this.#file(name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
      throw unreadable(this.#file(name), error);
    }
    try {
      const record = JSON.parse(text) as OrderRecord;
      if (record.schema !== 1 || record.name !== name) throw new Error(`it is not the record of ${name}`);
      return record;
    } catch (error) {
      throw unreadable(this.#file(name), error);
    }
  }

  async all(): Promise<OrderRecord[]> {
    const files = await readdir(this.folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return [];
      throw unreadable(this.folder, error);
    });
    // Temporary files of a killed writer begin with a dot.
    const names = files.filter((file) => /^[^.].*\.json$/.test(file)).map((file) => file.slice(0, -5));
    const records = await Promise.all(names.map((name) => this.read(name)));
    return records.filter((record) => record !== null);
  }

  async save(record: OrderRecord): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o750 });
    await writeFileAtomic(this.#file(record.name), `${JSON.stringify(record, null, 2)}\n`, 0o640);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#file(name), { force: true });
  }

  #file(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}

function unreadable(path: string, cause: unknown): BlockhostError {
  return new BlockhostError('provisioner.unknown-state', `${path} cannot be read.`, {
    cause,
    remedy: 'Restore the file from a backup; without it nothing is created or destroyed under this name.',
  });
}
