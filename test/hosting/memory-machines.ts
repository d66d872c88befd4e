import {
  absent,
  BlockhostError,
  type CreatedVm,
  type PowerState,
  type Presence,
  present,
  type Run,
  unknown,
  type VmLimits,
  type VmListing,
  type VmMetrics,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';

interface Machine {
  readonly operationId: string;
  readonly answer: CreatedVm;
  power: PowerState;
  login: string;
  /** In force now: gone as soon as it is off. */
  limits: VmLimits;
}

/** What a test lets go wrong around one verb; the real act happens when it is called. */
export type Fault<T> = (act: () => T, run: Run) => Promise<T>;

/** A provisioner without machines, fast and with faults that the test chooses. It keeps what was asked of it. */
export class MemoryMachines {
  readonly standing = new Map<string, Machine>();
  /** `create NAME` and `destroy NAME`, as they took effect. */
  readonly acts: string[] = [];
  /** What a VM is said to use; without an entry nobody knows. */
  readonly figures = new Map<string, VmMetrics>();
  readonly faults: {
    create: Fault<CreatedVm> | null;
    destroy: Fault<void> | null;
    power: ((vm: VmRef, power: PowerState) => void) | null;
    login: ((vm: VmRef) => void) | null;
    throttle: ((vm: VmRef, limits: VmLimits) => void) | null;
    away: boolean;
  } = { create: null, destroy: null, power: null, login: null, throttle: null, away: false };

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    this.#reach();
    const act = () => this.#make(spec);
    return this.faults.create ? this.faults.create(act, run) : act();
  }

  #make(spec: VmSpec): CreatedVm {
    const present = this.standing.get(spec.name);
    if (present && present.operationId !== spec.operationId)
      throw new BlockhostError('provisioner.name-taken', `There is another VM named ${spec.name}.`);
    if (present) return present.answer;
    const answer = {
      name: spec.name,
      backendRef: `machine/${spec.operationId}`,
      username: spec.username,
      ipv4: spec.addresses?.ipv4 ?? null,
      ipv6: spec.addresses?.ipv6 ?? null,
    };
    const login = `wallet=${spec.ownerWallet},nft=${spec.tokenId}`;
    this.standing.set(spec.name, {
      operationId: spec.operationId,
      answer,
      power: 'running',
      login,
      limits: {},
    });
    this.acts.push(`create ${spec.name}`);
    return answer;
  }

  async destroy({ name }: VmRef, run: Run): Promise<void> {
    this.#reach();
    const act = () => {
      if (this.standing.delete(name)) this.acts.push(`destroy ${name}`);
    };
    return this.faults.destroy ? this.faults.destroy(act, run) : act();
  }

  async power(vm: VmRef, power: PowerState): Promise<void> {
    this.#reach();
    this.faults.power?.(vm, power);
    const machine = this.#machine(vm.name);
    machine.power = power;
    if (power === 'stopped') machine.limits = {};
  }

  async throttle(vm: VmRef, limits: VmLimits): Promise<void> {
    this.#reach();
    this.faults.throttle?.(vm, limits);
    const machine = this.#machine(vm.name);
    if (machine.power !== 'running') throw new Error(`${vm.name} is off`);
    machine.limits = { ...machine.limits, ...limits };
  }

  async status({ name }: VmRef): Promise<Presence<PowerState>> {
    if (this.faults.away) return unknown('it is switched off');
    const machine = this.standing.get(name);
    return machine ? present(machine.power) : absent;
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    if (this.faults.away) return unknown('it is switched off');
    const rows = [...this.standing].map(([name, { answer, power }]) => ({
      name,
      backendRef: answer.backendRef,
      power,
    }));
    return present(rows);
  }

  async metrics({ name }: VmRef): Promise<VmMetrics> {
    this.#reach();
    const { power } = this.#machine(name);
    const figures = this.figures.get(name);
    if (!figures) throw new BlockhostError('provisioner.unknown-state', `Nobody knows what ${name} uses.`);
    return { ...figures, state: power };
  }

  async updateGecos(
    vm: VmRef,
    { wallet, tokenId }: { readonly wallet: string; readonly tokenId: string },
  ): Promise<void> {
    this.#reach();
    this.faults.login?.(vm);
    const machine = this.#machine(vm.name);
    if (machine.power !== 'running')
      throw new BlockhostError('provisioner.guest-unreachable', `The guest of ${vm.name} is off.`);
    machine.login = `wallet=${wallet},nft=${tokenId}`;
    this.acts.push(`login ${vm.name}`);
  }

  #machine(name: string): Machine {
    const machine = this.standing.get(name);
    if (machine) return machine;
    throw new BlockhostError('provisioner.no-such-vm', `There is no VM named ${name}.`);
  }

  #reach(): void {
    if (this.faults.away)
      throw new BlockhostError('provisioner.unreachable', 'The hypervisor does not answer.');
  }
}
