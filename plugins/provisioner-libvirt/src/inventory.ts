import { join } from 'node:path';
import {
  absent,
  acquireLock,
  checkVmRef,
  type Paths,
  type PowerState,
  type Presence,
  present,
  sentenceOf,
  unknown,
  type VmListing,
  type VmRef,
} from '@blockhost/kernel';
import { type Definition, Definitions } from './definitions.js';
import type { Domain, Hypervisor } from './hypervisor.js';
import { refusals } from './refusals.js';

/** Longer than a guest takes to boot under emulation: whoever orders the same VM twice at once waits for the first. */
const LOCK_TIMEOUT_MS = 700_000;

/** Which VMs there are, by our definitions and libvirt's word together, and whose turn it is to change one. */
export class Inventory {
  readonly definitions: Definitions;

  constructor(
    private readonly paths: Paths,
    private readonly hypervisor: Hypervisor,
  ) {
    this.definitions = new Definitions(paths.resolve('/var/lib/blockhost/libvirt'));
  }

  /** The VM that `vm` means: another one of the same name is not it. */
  async find(vm: VmRef): Promise<Presence<Definition>> {
    checkVmRef(vm);
    const found = await this.definitions.read(vm.name);
    const another =
      found.kind === 'present' && vm.backendRef !== null && vm.backendRef !== found.value.backendRef;
    return another ? absent : found;
  }

  /** As {@link find}; throws `provisioner.no-such-vm`, `provisioner.unreachable` or `provisioner.unknown-state`. */
  async require(vm: VmRef): Promise<Definition> {
    const found = await this.find(vm);
    if (found.kind === 'unknown') throw refusals.unknownState(vm.name, found.reason);
    if (found.kind === 'absent') {
      await this.hypervisor.reach();
      throw refusals.noSuchVm(vm.name);
    }
    return found.value;
  }

  async status(vm: VmRef): Promise<Presence<PowerState>> {
    const found = await this.find(vm);
    if (found.kind === 'unknown') return found;
    if (found.kind === 'absent') return this.withoutDefinition(vm);
    const power = await this.hypervisor.power(domainOf(found.value));
    return power.kind === 'absent' ? withoutDomain(found.value) : power;
  }

  /**
   * What is to be said of a VM that we have no definition of: absent only if libvirt does not know it either. A definition that
   * got lost would otherwise free the addresses of a VM that runs.
   */
  async withoutDefinition({ name, backendRef }: VmRef): Promise<Presence<never>> {
    const sameName = (await this.definitions.read(name)).kind;
    const byUuid = await this.hypervisor.knowsUuid(backendRef);
    // A later VM of the same name is not this one.
    const known =
      byUuid.kind === 'absent' && sameName !== 'present' ? await this.hypervisor.knowsName(name) : byUuid;
    if (known.kind !== 'present') return known.kind === 'absent' ? await this.#reached() : known;
    return unknown(`libvirt knows ${name}, but its definition is missing.`);
  }

  async #reached(): Promise<Presence<never>> {
    return this.hypervisor.reach().then(
      () => absent,
      (error) => unknown(sentenceOf(error)),
    );
  }

  /** Every VM, also one that is being made; `unknown` as soon as one of them is. */
  async list(): Promise<Presence<readonly VmListing[]>> {
    const powers = await this.hypervisor.powers();
    if (powers.kind !== 'present') return unknown(powers.kind === 'unknown' ? powers.reason : 'no answer');
    const listing: VmListing[] = [];
    const names = await this.definitions.names().catch((error: unknown) => sentenceOf(error));
    if (typeof names === 'string') return unknown(names);
    for (const name of names) {
      const found = await this.definitions.read(name);
      if (found.kind === 'unknown') return found;
      // Absent: destroyed since the folder was read.
      if (found.kind === 'absent') continue;
      const listed = powers.value.get(found.value.backendRef);
      // Made or changed since libvirt was asked, perhaps: asked again, by its UUID.
      const power = listed === undefined ? await this.status({ name, backendRef: null }) : present(listed);
      if (power.kind === 'unknown') return power;
      if (power.kind === 'present')
        listing.push({ name, backendRef: found.value.backendRef, power: power.value });
    }
    return present(listing);
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

  /** Memory in MiB of every VM but `name`, also of one that is being made or destroyed. */
  async committedMb(name: string): Promise<number> {
    let sum = 0;
    for (const each of await this.definitions.names()) {
      const found = each === name ? absent : await this.definitions.read(each);
      if (found.kind === 'unknown') throw refusals.unknownState(each, found.reason);
      if (found.kind === 'present') sum += found.value.spec.memoryMb;
    }
    return sum;
  }

  /** Names of the VMs that must have a disk. */
  async readyNames(): Promise<string[]> {
    const ready: string[] = [];
    for (const name of await this.definitions.names()) {
      const found = await this.definitions.read(name);
      if (found.kind === 'unknown') throw refusals.unknownState(name, found.reason);
      if (found.kind === 'present' && found.value.phase === 'ready') ready.push(name);
    }
    return ready;
  }

  /** Runs `act` while no other process promises what the host has. */
  withCapacity<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    return this.#holding('capacity.lock', 'what the host can carry', signal, act);
  }

  /** Runs `act` while no other process builds the template. */
  withTemplate<T>(signal: AbortSignal, act: () => Promise<T>): Promise<T> {
    return this.#holding('template.lock', 'the template', signal, act);
  }

  async #holding<T>(
    file: string,
    purpose: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    using _ = await acquireLock(join(this.paths.run, 'libvirt', file), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose,
      ...(signal && { signal }),
    });
    return await act();
  }
}

export function domainOf({ backendRef, spec }: Definition): Domain {
  return { name: spec.name, uuid: backendRef };
}

/** What our definition means when libvirt knows no such domain. */
function withoutDomain({ phase, spec }: Definition): Presence<PowerState> {
  if (phase !== 'ready') return present('stopped');
  return unknown(`libvirt does not know ${spec.name}, which nobody has destroyed.`);
}
