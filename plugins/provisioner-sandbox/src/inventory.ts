import { join } from 'node:path';
import {
  absent,
  acquireLock,
  checkVmRef,
  type HostConfig,
  type Paths,
  type Presence,
  present,
  sentenceOf,
  unknown,
  type VmListing,
  type VmRef,
} from '@blockhost/kernel';
import { DB_YAML } from '@blockhost/kernel/host-files';
import { powerState } from './power.js';
import { refusals } from './refusals.js';
import { type Definition, VmFolders } from './vm-folder.js';

export const DEFAULT_SANDBOX_DIR = '/var/lib/blockhost/sandbox';
/** How long a verb waits for another verb on the same VM (specification provisioners.md 3.0). */
const LOCK_TIMEOUT_MS = 30_000;

/** Which VMs there are, and whose turn it is to change one. */
export class Inventory {
  readonly folders: VmFolders;

  constructor(
    readonly base: string,
    private readonly locks: string,
  ) {
    this.folders = new VmFolders(base);
  }

  /** The inventory of this host, in the folder that `db.yaml` names. */
  static async open(paths: Paths, config: HostConfig): Promise<Inventory> {
    const configured = (await config.find(DB_YAML))?.sandbox_dir;
    const folder = typeof configured === 'string' ? configured : DEFAULT_SANDBOX_DIR;
    return new Inventory(paths.resolve(folder), join(paths.run, 'sandbox'));
  }

  /** The VM that `vm` means: another one of the same name is not it. */
  async find(vm: VmRef): Promise<Presence<Definition>> {
    checkVmRef(vm);
    const found = await this.folders.read(vm.name);
    const another =
      found.kind === 'present' && vm.backendRef !== null && vm.backendRef !== found.value.backendRef;
    return another ? absent : found;
  }

  /** Why a verb cannot go on: nothing at all can be read, or this VM only. */
  async refusal(name: string, reason: string): Promise<Error> {
    const isReadable = await this.folders.names().then(
      () => true,
      () => false,
    );
    return isReadable ? refusals.unknownState(name, reason) : refusals.unreachable(name, reason);
  }

  /** As {@link find}; throws `provisioner.no-such-vm`, `provisioner.unreachable` or `provisioner.unknown-state`. */
  async require(vm: VmRef): Promise<Definition & { readonly folder: string }> {
    const found = await this.find(vm);
    if (found.kind === 'unknown') throw await this.refusal(vm.name, found.reason);
    if (found.kind === 'absent') throw refusals.noSuchVm(vm.name);
    return { ...found.value, folder: this.folders.of(vm.name) };
  }

  /** Every VM, also one that is being made; `unknown` as soon as one of them cannot be read. */
  async list(): Promise<Presence<readonly VmListing[]>> {
    const listing: VmListing[] = [];
    try {
      for (const name of await this.folders.names()) {
        const found = await this.folders.read(name);
        if (found.kind === 'unknown') return found;
        // Absent: destroyed since the folder was read.
        if (found.kind === 'absent') continue;
        const power = await powerState(this.folders.of(name));
        listing.push({ name, backendRef: found.value.backendRef, power });
      }
      return present(listing);
    } catch (error) {
      return unknown(`The sandbox's folder cannot be read: ${sentenceOf(error)}`);
    }
  }

  /** Runs `act` while no other process changes this VM; throws `lock.busy`. */
  async locked<T>(
    name: string,
    purpose: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    checkVmRef({ name, backendRef: null });
    return this.#holding(`vm-${name}.lock`, `${purpose} ${name}`, signal, act);
  }

  /** Runs `act` while no other process reads or builds the template. */
  withTemplate<T>(act: () => Promise<T>): Promise<T> {
    return this.#holding('template.lock', 'the template', undefined, act);
  }

  async #holding<T>(
    file: string,
    purpose: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    using _ = await acquireLock(join(this.locks, file), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose,
      ...(signal && { signal }),
    });
    return await act();
  }
}
