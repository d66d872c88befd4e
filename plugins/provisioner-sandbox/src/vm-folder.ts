import { access, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises';
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
import { syncFolder } from './sync-folder.js';

/** What a VM is; the file `vm.json` in its folder. */
export interface Definition {
  readonly schema: 1;
  /** `making` until `create` has seen the guest answer. */
  readonly phase: 'making' | 'ready';
  /** UUID of this very VM: a later VM of the same name has another one. */
  readonly backendRef: string;
  readonly spec: VmSpec;
}

/**
 * The folders of all VMs. A VM exists exactly as long as its folder has its final name: it appears and disappears by one
 * rename, so a crash never leaves half an answer.
 */
export class VmFolders {
  constructor(private readonly base: string) {}

  get vms(): string {
    return join(this.base, 'vms');
  }

  of(name: string): string {
    return join(this.vms, name);
  }

  async prepare(): Promise<void> {
    await mkdir(this.vms, { recursive: true, mode: 0o750 });
  }

  /** `unknown` when the folder of all VMs is missing (not set up, not mounted) or the definition is not readable. */
  async read(name: string): Promise<Presence<Definition>> {
    try {
      return present(parse(await readFile(join(this.of(name), 'vm.json'), 'utf8'), name));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT')
        return unknown(`The definition of ${name} cannot be read: ${sentenceOf(error)}`);
    }
    try {
      await access(this.vms);
      await access(this.of(name));
      return unknown(`The folder of ${name} has lost its definition.`);
    } catch (error) {
      if (await this.#isPrepared()) return absent;
      return unknown(`The folder ${this.vms} cannot be read: ${sentenceOf(error)}`);
    }
  }

  /** Names of all VMs; throws when the folder cannot be read. */
  async names(): Promise<string[]> {
    return (await readdir(this.vms)).filter((name) => !name.startsWith('.'));
  }

  /** Makes the VM exist, with nothing in it but its definition. The caller holds its lock. */
  async claim(definition: Definition): Promise<void> {
    const { name } = definition.spec;
    const folder = join(this.vms, `.new-${name}`);
    await rm(folder, { recursive: true, force: true });
    try {
      await mkdir(folder, { mode: 0o750 });
      await writeFileAtomic(join(folder, 'vm.json'), render(definition), 0o640);
      await rename(folder, this.of(name));
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    }
    await syncFolder(this.vms);
  }

  async save(definition: Definition): Promise<void> {
    await writeFileAtomic(join(this.of(definition.spec.name), 'vm.json'), render(definition), 0o640);
  }

  /** Makes the VM not exist, and clears what an earlier crash left of one. The caller holds its lock. */
  async remove(name: string): Promise<void> {
    const gone = join(this.vms, `.gone-${name}`);
    await rm(gone, { recursive: true, force: true });
    try {
      await rename(this.of(name), gone);
      await syncFolder(this.vms);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
    await rm(gone, { recursive: true, force: true });
    await rm(join(this.vms, `.new-${name}`), { recursive: true, force: true });
  }

  async #isPrepared(): Promise<boolean> {
    return readdir(this.vms).then(
      () => true,
      () => false,
    );
  }
}

function render(definition: Definition): string {
  return `${JSON.stringify(definition, null, 2)}\n`;
}

function parse(text: string, name: string): Definition {
  const definition = JSON.parse(text) as Partial<Definition> | null;
  if (definition?.schema !== 1 || !definition.backendRef || definition.spec?.name !== name)
    throw new Error(`vm.json is not the definition of ${name}`);
  return definition as Definition;
}
