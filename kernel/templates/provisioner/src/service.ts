import { join } from 'node:path';
import {
  absent,
  acquireLock,
  BlockhostError,
  type CreatedVm,
  checkVmLogin,
  checkVmRef,
  checkVmSpec,
  inject,
  injectable,
  PATHS,
  type Paths,
  type PowerState,
  type Presence,
  type ProcessLock,
  type Provisioner,
  present,
  type Run,
  sentenceOf,
  type UpdateGecos,
  unknown,
  type VmListing,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';
import { type Machine, Machines } from './machines.js';

/** Machines of the demo cloud. */
@injectable()
export default class DemoCloud implements Provisioner, UpdateGecos {
  readonly #machines: Machines;

  constructor(@inject(PATHS) private readonly paths: Paths) {
    this.#machines = new Machines(join(paths.state, 'demo-cloud'));
  }

  /** May be called again with the same `operationId` at any time, also after a crash: there is one VM of it. */
  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    using _lock = await this.#lock(spec.name, 'create', run);
    const found = await this.#machines.find(spec.name);
    if (found && found.spec.operationId !== spec.operationId)
      throw new BlockhostError(
        'provisioner.name-taken',
        `Another order has the VM name ${spec.name} already.`,
      );
    if (found?.ready) return created(found);

    const machine = await run.step(
      'define',
      () => found ?? this.#machines.define(spec),
      () => this.#machines.remove(spec.name),
    );
    const ready: Machine = { ...machine, power: 'running', ready: true };
    return created(await run.step('boot', () => this.#machines.save(ready)));
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    using _lock = await this.#lock(vm.name, 'destroy', run);
    if (await this.#find(vm)) await run.step('remove', () => this.#machines.remove(vm.name));
  }

  async start(vm: VmRef, run: Run): Promise<void> {
    await this.#power(vm, 'running', run);
  }

  /** The machines of this cloud go down at once; one that takes its time must be waited for, up to `timeoutMs`. */
  async stop(vm: VmRef, _options: { readonly timeoutMs: number }, run: Run): Promise<void> {
    await this.#power(vm, 'stopped', run);
  }

  async kill(vm: VmRef, run: Run): Promise<void> {
    await this.#power(vm, 'stopped', run);
  }

  /** Never guesses: a cloud that does not answer makes it `unknown`, which forbids to create and to destroy. */
  async status(vm: VmRef): Promise<Presence<PowerState>> {
    try {
      const machine = await this.#find(vm);
      return machine ? present(machine.power) : absent;
    } catch (error) {
      return unknown(`The demo cloud does not answer: ${sentenceOf(error)}`);
    }
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    try {
      const machines = await this.#machines.all();
      return present(machines.map(({ id, power, spec }) => ({ name: spec.name, backendRef: id, power })));
    } catch (error) {
      return unknown(`The demo cloud does not answer: ${sentenceOf(error)}`);
    }
  }

  async updateGecos(
    vm: VmRef,
    login: { readonly wallet: string; readonly tokenId: string; readonly username: string },
  ): Promise<void> {
    checkVmLogin(login);
    const machine = await this.#require(vm);
    if (machine.power !== 'running')
      throw new BlockhostError('provisioner.guest-unreachable', `The VM ${vm.name} does not run.`);
    await this.#machines.save({ ...machine, gecos: `wallet=${login.wallet},nft=${login.tokenId}` });
  }

  async #power(vm: VmRef, power: PowerState, run: Run): Promise<void> {
    using _lock = await this.#lock(vm.name, power, run);
    const machine = await this.#require(vm);
    await run.step(power, () => this.#machines.save({ ...machine, power }));
  }

  /** One verb at a time on one VM, in all processes of the host. */
  #lock(name: string, purpose: string, { signal }: Run): Promise<ProcessLock> {
    checkVmRef({ name, backendRef: null });
    const file = join(this.paths.run, 'demo-cloud', `${name}.lock`);
    return acquireLock(file, { timeoutMs: 30_000, purpose, signal });
  }

  /** The machine that is meant; one of the same name with another id is somebody else's. */
  async #find(vm: VmRef): Promise<Machine | null> {
    checkVmRef(vm);
    const machine = await this.#machines.find(vm.name);
    return machine && (vm.backendRef ?? machine.id) === machine.id ? machine : null;
  }

  async #require(vm: VmRef): Promise<Machine> {
    const machine = await this.#find(vm);
    if (machine) return machine;
    throw new BlockhostError('provisioner.no-such-vm', `The demo cloud has no VM ${vm.name}.`);
  }
}

function created({ id, ipv6, spec }: Machine): CreatedVm {
  return { name: spec.name, backendRef: id, username: spec.username, ipv4: null, ipv6 };
}
