import { mkdir, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  absent,
  type Presence,
  present,
  sentenceOf,
  unknown,
  type VmSpec,
  writeFileAtomic,
} from '@blockhost/kernel';

/** What this provisioner knows of a VM beside libvirt: written before libvirt hears of it, removed after it is gone there. */
export interface Definition {
  readonly schema: 1;
  /** Of `making` and `destroying` libvirt may know nothing; of `ready` it must. */
  readonly phase: 'making' | 'ready' | 'destroying';
  /** UUID of the domain. */
  readonly backendRef: string;
  readonly mac: string;
  readonly spec: VmSpec;
}

/** One file per VM, `NAME.json`. */
export class Definitions {
  constructor(private readonly folder: string) {}

  /** `unknown` when the folder is missing (not set up, not mounted) or the file is not readable. */
  async read(name: string): Promise<Presence<Definition>> {
    try {
      const value = JSON.parse(await readFile(this.#of(name), 'utf8')) as Definition;
      if (value.schema === 1 && value.spec.name === name) return present(value);
      return unknown(`${this.#of(name)} is no definition of ${name}.`);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return unknown(`${this.#of(name)} cannot be read: ${sentenceOf(error)}`);
      return this.names().then(
        () => absent,
        () => unknown(`${this.folder} is missing.`),
      );
    }
  }

  async names(): Promise<string[]> {
    const files = await readdir(this.folder);
    return files.filter((file) => file.endsWith('.json')).map((file) => file.slice(0, -'.json'.length));
  }

  async save(definition: Definition): Promise<void> {
    await writeFileAtomic(this.#of(definition.spec.name), `${JSON.stringify(definition)}\n`, 0o640);
  }

  async remove(name: string): Promise<void> {
    await rm(this.#of(name), { force: true });
  }

  async prepare(): Promise<void> {
    await mkdir(this.folder, { recursive: true, mode: 0o750 });
  }

  #of(name: string): string {
    return join(this.folder, `${name}.json`);
  }
}
