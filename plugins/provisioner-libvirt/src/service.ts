import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  CONFIG,
  type CreatedVm,
  checkVmLogin,
  checkVmSpec,
  type Detect,
  EXEC,
  type Exec,
  type GuestExec,
  type GuestResult,
  type HostConfig,
  inject,
  injectable,
  type Metrics,
  type MetricsBatch,
  PATHS,
  type Paths,
  type PowerState,
  PRIVILEGED_ACTIONS,
  type Presence,
  type PrivilegedActions,
  type Provisioner,
  type Run,
  sentenceOf,
  type Template,
  type Throttle,
  type UpdateGecos,
  type VmLimits,
  type VmListing,
  type VmMetrics,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';
import { BROKER_ALLOCATION_JSON, DB_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { checkCapacity } from './capacity.js';
import { seedOf } from './cloud-init.js';
import type { Definition } from './definitions.js';
import { waitForFirstBoot } from './first-boot.js';
import { runInGuest, setGecos, waitForGuest } from './guest.js';
import { GuestFigures } from './guest-figures.js';
import { Hypervisor } from './hypervisor.js';
import { domainOf, Inventory } from './inventory.js';
import { type Instruments, measure, measureAll } from './metrics.js';
import { forgetSamples } from './rates.js';
import { refusals } from './refusals.js';
import { domainType, hostBridge, overcommitFactor } from './settings.js';
import { buildTemplate, type CurrentTemplate, currentTemplate } from './template/template.js';

const POLL_MS = 200;
const BOOT_TIMEOUT_MS = { kvm: 180_000, qemu: 600_000 };

/** Virtual machines by libvirt and QEMU. Needs no privilege: what does is asked of the root agent. */
@injectable()
export default class Libvirt
  implements Provisioner, Metrics, MetricsBatch, Throttle, GuestExec, UpdateGecos, Template, Detect
{
  readonly #hypervisor: Hypervisor;
  readonly #inventory: Inventory;
  readonly #guests: GuestFigures;

  constructor(
    @inject(PATHS) private readonly paths: Paths,
    @inject(CONFIG) private readonly config: HostConfig,
    @inject(EXEC) private readonly exec: Exec,
    @inject(PRIVILEGED_ACTIONS) agent: PrivilegedActions,
  ) {
    this.#hypervisor = new Hypervisor(agent);
    this.#inventory = new Inventory(paths, this.#hypervisor);
    this.#guests = new GuestFigures(this.#hypervisor, paths);
  }

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    const { name } = spec;
    if (spec.addresses === null) throw refusals.noAddresses(name);
    const { ipv4, ipv6 } = spec.addresses;
    const [inventory, hypervisor] = [this.#inventory, this.#hypervisor];
    const { definitions } = inventory;
    return inventory.locked(name, 'create', run.signal, async () => {
      await hypervisor.reach();
      const found = await definitions.read(name);
      if (found.kind === 'unknown') throw refusals.unknownState(name, found.reason);
      if (found.kind === 'present') {
        if (found.value.spec.operationId !== spec.operationId) throw refusals.nameTaken(name);
        if (found.value.phase === 'ready') return created(found.value);
        // Our own order, cut off: nothing of it was ever handed out, so it is made anew.
        await this.#erase(found.value);
      }
      if (found.kind === 'absent') await this.#expectAbsence({ name, backendRef: null });
      const template = await currentTemplate(this.paths);
      const vm: Definition = {
        schema: 1,
        phase: 'making',
        backendRef: crypto.randomUUID(),
        mac: randomMac(),
        spec,
      };
      const seed = await this.#seedOf(vm, template);
      const { operationId, cpu, memoryMb, diskGb } = spec;
      await run.step(
        'claim',
        () => this.#claim(vm, run.signal),
        () => inventory.locked(name, 'undo of create', undefined, () => this.#erase(vm)),
      );
      await run.step('define', () => {
        const sizes = { cpu, memoryMb, diskGb };
        const order = { name, uuid: vm.backendRef, operationId, template: template.name, ...sizes };
        return hypervisor.define({ ...order, mac: vm.mac, ipv4, ipv6 }, seed);
      });
      await run.step('boot', () => this.#powerOn(vm));
      await run.step('answer', async () => {
        await this.#waitUntilUp(vm, run.signal);
        await this.#waitUntilSetUp(vm, run.signal);
      });
      await run.step('remove-seed', () => hypervisor.removeSeed(domainOf(vm)));
      await run.step('record', () => definitions.save({ ...vm, phase: 'ready' }));
      return created(vm);
    });
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    const inventory = this.#inventory;
    await inventory.locked(vm.name, 'destroy', run.signal, async () => {
      await this.#hypervisor.reach();
      const found = await inventory.find(vm);
      if (found.kind === 'unknown') throw refusals.unknownState(vm.name, found.reason);
      if (found.kind === 'absent') return this.#expectAbsence(vm);
      const { definitions } = inventory;
      await run.step('mark', () => definitions.save({ ...found.value, phase: 'destroying' }));
      await run.step('power-off', () => this.#powerOff(found.value));
      await run.step('undefine', () => this.#hypervisor.undefine(domainOf(found.value)));
      await run.step('prove', async () => {
        const left = await this.#hypervisor.power(domainOf(found.value));
        if (left.kind !== 'absent') throw refusals.unknownState(vm.name, 'libvirt still knows it');
      });
      await run.step('forget', async () => {
        await forgetSamples(this.paths, vm.name);
        await this.#guests.forget(vm.name);
        await definitions.remove(vm.name);
      });
    });
  }

  async start(vm: VmRef, run: Run): Promise<void> {
    const inventory = this.#inventory;
    await inventory.locked(vm.name, 'start', run.signal, async () => {
      const definition = await inventory.require(vm);
      const wasOff = await run.step('boot', () => this.#powerOn(definition));
      // The guest of one that runs is its owner's: it may have stopped its agent.
      if (wasOff) await run.step('answer', () => this.#waitUntilUp(definition, run.signal));
    });
  }

  async stop(vm: VmRef, { timeoutMs }: { readonly timeoutMs: number }, run: Run): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const domain = domainOf(await this.#inventory.require(vm));
    await this.#hypervisor.shutdown(domain);
    // Without the lock: whoever loses patience must be able to kill it meanwhile.
    for (;;) {
      const power = await this.#hypervisor.power(domain);
      if (power.kind === 'present' && power.value === 'stopped') return;
      if (power.kind === 'absent') throw refusals.unknownState(vm.name, 'libvirt does not know it');
      run.signal.throwIfAborted();
      if (Date.now() >= deadline) throw refusals.stillRunning(vm.name, timeoutMs);
      await delay(POLL_MS, undefined, { signal: run.signal });
    }
  }

  async kill(vm: VmRef, run: Run): Promise<void> {
    const inventory = this.#inventory;
    await inventory.locked(vm.name, 'kill', run.signal, async () => {
      const definition = await inventory.require(vm);
      await run.step('power-off', () => this.#hypervisor.powerOff(domainOf(definition)));
    });
  }

  status(vm: VmRef): Promise<Presence<PowerState>> {
    return this.#inventory.status(vm);
  }

  list(): Promise<Presence<readonly VmListing[]>> {
    return this.#inventory.list();
  }

  async metrics(vm: VmRef): Promise<VmMetrics> {
    const found = await this.#inventory.require(vm);
    return measure(this.#instruments, found);
  }

  async metricsAll(vms: readonly VmRef[]): Promise<Readonly<Record<string, VmMetrics>>> {
    const found = await Promise.all(vms.map((vm) => this.#inventory.find(vm)));
    return measureAll(
      this.#instruments,
      found.flatMap((vm) => (vm.kind === 'present' ? [vm.value] : [])),
    );
  }

  async throttle(vm: VmRef, limits: VmLimits): Promise<void> {
    const changed = Object.entries(limits).flatMap(([name, limit]) =>
      limit === undefined ? [] : [[name, limit ?? 0] as const],
    );
    await this.#hypervisor.tune(domainOf(await this.#inventory.require(vm)), Object.fromEntries(changed));
  }

  async guestExec(
    vm: VmRef,
    command: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<GuestResult> {
    return runInGuest(this.#hypervisor, domainOf(await this.#inventory.require(vm)), command, timeoutMs);
  }

  async updateGecos(
    vm: VmRef,
    login: { readonly wallet: string; readonly tokenId: string; readonly username: string },
  ): Promise<void> {
    checkVmLogin(login);
    await setGecos(this.#hypervisor, domainOf(await this.#inventory.require(vm)), login);
  }

  async buildTemplate(
    { force }: { readonly force: boolean },
    run: Run,
  ): Promise<{ readonly fingerprint: string; readonly built: boolean }> {
    return this.#inventory.withTemplate(run.signal, async () => {
      await this.#inventory.definitions.prepare();
      const { paths, config, exec } = this;
      const built = await buildTemplate({ paths, config, exec, hypervisor: this.#hypervisor, force, run });
      await run.step('prune', () => this.#pruneTemplates(run));
      return built;
    });
  }

  async detect(): Promise<{ readonly present: boolean; readonly explanation: string }> {
    return this.#hypervisor.reach().then(
      () => ({ present: true, explanation: 'libvirt answers on this machine.' }),
      (error: Error) => ({ present: false, explanation: error.message }),
    );
  }

  get #instruments(): Instruments {
    return { hypervisor: this.#hypervisor, guests: this.#guests, paths: this.paths };
  }

  /** Of a VM that we have no definition of. */
  async #expectAbsence(vm: VmRef): Promise<void> {
    const proof = await this.#inventory.withoutDefinition(vm);
    if (proof.kind === 'unknown') throw refusals.unknownState(vm.name, proof.reason);
  }

  /** Puts the VM on record, provided that the host can carry it: whoever comes next counts it. */
  async #claim(vm: Definition, signal: AbortSignal): Promise<void> {
    const host = await this.#hypervisor.host();
    const [type, overcommit] = [await domainType(this.config), await overcommitFactor(this.config)];
    await this.#inventory.withCapacity(signal, async () => {
      const committedMb = await this.#inventory.committedMb(vm.spec.name);
      checkCapacity(vm.spec, host, { committedMb, domainType: type, overcommit });
      await this.#inventory.definitions.save(vm);
    });
  }

  /** Answers whether it was off; its route may be gone though it runs. */
  async #powerOn(vm: Definition): Promise<boolean> {
    const wasOff = await this.#hypervisor.start(domainOf(vm));
    const { ipv6 = null } = vm.spec.addresses ?? {};
    if (ipv6 !== null) await this.#hypervisor.route('add', ipv6, await hostBridge(this.config));
    return wasOff;
  }

  /** Whatever its state; of a VM that libvirt does not know only the route is left. */
  async #powerOff(vm: Definition): Promise<void> {
    const power = await this.#hypervisor.power(domainOf(vm));
    if (power.kind === 'unknown') throw refusals.unknownState(vm.spec.name, power.reason);
    if (power.kind === 'present') await this.#hypervisor.powerOff(domainOf(vm));
    const { ipv6 = null } = vm.spec.addresses ?? {};
    if (ipv6 !== null) await this.#hypervisor.route('del', ipv6, await hostBridge(this.config));
  }

  async #waitUntilUp(vm: Definition, signal: AbortSignal): Promise<void> {
    const timeoutMs = BOOT_TIMEOUT_MS[await domainType(this.config)];
    await waitForGuest(this.#hypervisor, domainOf(vm), { timeoutMs, signal });
  }

  async #waitUntilSetUp(vm: Definition, signal: AbortSignal): Promise<void> {
    const timeoutMs = BOOT_TIMEOUT_MS[await domainType(this.config)];
    await waitForFirstBoot(this.#hypervisor, domainOf(vm), { timeoutMs, signal });
  }

  /** Removes all of a VM that was never handed out, provided that the name still means this one. The caller holds its lock. */
  async #erase(vm: Definition): Promise<void> {
    await this.#powerOff(vm);
    await this.#hypervisor.undefine(domainOf(vm));
    const found = await this.#inventory.definitions.read(vm.spec.name);
    if (found.kind === 'present' && found.value.backendRef === vm.backendRef)
      await this.#inventory.definitions.remove(vm.spec.name);
  }

  /** Takes base images away that no disk stands on any more. What is not known today is left for the next time. */
  async #pruneTemplates(run: Run): Promise<void> {
    try {
      const vms = await this.#inventory.readyNames();
      for (const name of await this.#hypervisor.pruneTemplates(vms, { execute: true }))
        run.progress(`Removed ${name}: no disk stands on it`);
    } catch (error) {
      run.signal.throwIfAborted();
      run.log.warn('base images that may be unused were left', { reason: sentenceOf(error) });
    }
  }

  async #seedOf({ spec, backendRef, mac }: Definition, { packages = [] }: CurrentTemplate) {
    const { auth } = (await this.config.find(WEB3_DEFAULTS_YAML)) ?? {};
    return seedOf({
      spec,
      instance: backendRef,
      mac,
      db: (await this.config.find(DB_YAML)) ?? {},
      allocation: await this.config.find(BROKER_ALLOCATION_JSON),
      auth: { otpLength: auth?.otp_length ?? 6, otpTtlSeconds: auth?.otp_ttl_seconds ?? 300 },
      hasLogin: packages.length > 0,
    });
  }
}

/** QEMU's own range of locally administered addresses. */
function randomMac(): string {
  return `52:54:00:${randomBytes(3)
    .toString('hex')
    .replace(/..(?=.)/g, '$&:')}`;
}

function created({ backendRef, spec }: Definition): CreatedVm {
  return {
    name: spec.name,
    backendRef,
    username: spec.username,
    ipv4: spec.addresses?.ipv4 ?? null,
    ipv6: spec.addresses?.ipv6 ?? null,
  };
}
