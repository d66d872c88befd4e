import { setTimeout as delay } from 'node:timers/promises';
import {
  CONFIG,
  type CreatedVm,
  checkVmLogin,
  checkVmSpec,
  type Detect,
  type GuestExec,
  type GuestResult,
  type HostConfig,
  inject,
  injectable,
  type Metrics,
  PATHS,
  type Paths,
  type PowerState,
  type Presence,
  type Provisioner,
  present,
  type Run,
  sentenceOf,
  type Template,
  type UpdateGecos,
  unknown,
  type VmListing,
  type VmMetrics,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';
import { checkAddressIsFree } from './free-address.js';
import { type ExecValue, GUEST_PORT } from './guest/protocol.js';
import { askGuest } from './guest-client.js';
import { Inventory } from './inventory.js';
import { measure } from './metrics.js';
import { launch, powerOff, powerState, waitUntilUp } from './power.js';
import { refusals } from './refusals.js';
import { buildTemplate, gecos, makeRootfs } from './template.js';
import type { Definition } from './vm-folder.js';

const POLL_MS = 25;
const GECOS_TIMEOUT_MS = 5_000;
/** Bytes; the same bound as every provisioner's (specification provisioners.md 3.12). */
const LONGEST_COMMAND = 4000;

/** Local processes instead of machines: each VM is a folder and a supervised process. It isolates nothing. */
@injectable()
export default class Sandbox implements Provisioner, Metrics, GuestExec, UpdateGecos, Template, Detect {
  constructor(
    @inject(PATHS) private readonly paths: Paths,
    @inject(CONFIG) private readonly config: HostConfig,
  ) {}

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    const { name, addresses } = spec;
    if (addresses === null) throw refusals.noAddresses(name);
    const inventory = await this.#inventory();
    const { base, folders } = inventory;
    return inventory.locked(name, 'create', run.signal, async () => {
      const found = await folders.read(name);
      if (found.kind === 'unknown') throw await inventory.refusal(name, found.reason);
      if (found.kind === 'present') {
        if (found.value.spec.operationId !== spec.operationId) throw refusals.nameTaken(name);
        if (found.value.phase === 'ready') return created(found.value);
        // Our own order, cut off: nothing of it was ever handed out, so it is made anew.
        await erase(inventory, found.value);
      }
      if (addresses.ipv4 !== null) await checkAddressIsFree(addresses.ipv4);
      const vm: Definition = { schema: 1, phase: 'making', backendRef: crypto.randomUUID(), spec };
      const folder = folders.of(name);
      const failed = (cause: unknown) => {
        throw refusals.storageFailed(folder, cause);
      };

      await run.step(
        'define',
        () => folders.claim(vm).catch(failed),
        () => inventory.locked(name, 'undo of create', undefined, () => erase(inventory, vm)),
      );
      await run.step('disk', () =>
        inventory.withTemplate(() => makeRootfs(base, folder, spec)).catch(failed),
      );
      await run.step(
        'boot',
        () => launch(folder, vm),
        () => powerOff(vm.backendRef),
      );
      await run.step('answer', () => waitUntilUp(folder, name, run.signal));
      await run.step('record', () => folders.save({ ...vm, phase: 'ready' }));
      return created(vm);
    });
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    const inventory = await this.#inventory();
    const { folders } = inventory;
    await inventory.locked(vm.name, 'destroy', run.signal, async () => {
      const found = await inventory.find(vm);
      if (found.kind === 'unknown') throw await inventory.refusal(vm.name, found.reason);
      if (found.kind === 'present') await run.step('power-off', () => powerOff(found.value.backendRef));
      // Also when it is absent: an earlier destroy may have been cut off half-way. Never when another VM has the name.
      const another = found.kind === 'absent' && (await folders.read(vm.name)).kind !== 'absent';
      if (!another) await run.step('remove', () => folders.remove(vm.name));
      await run.step('prove', async () => {
        const left = await inventory.find(vm);
        if (left.kind !== 'absent') throw refusals.unknownState(vm.name, 'it is still there');
      });
    });
  }

  async start(vm: VmRef, run: Run): Promise<void> {
    const inventory = await this.#inventory();
    await inventory.locked(vm.name, 'start', run.signal, async () => {
      const { folder, ...definition } = await inventory.require(vm);
      if ((await powerState(folder)) === 'stopped')
        await run.step(
          'boot',
          () => launch(folder, definition),
          () => powerOff(definition.backendRef),
        );
      await run.step('answer', () => waitUntilUp(folder, vm.name, run.signal));
    });
  }

  async stop(vm: VmRef, { timeoutMs }: { readonly timeoutMs: number }, run: Run): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    const { folder } = await (await this.#inventory()).require(vm);
    // A guest that cannot be asked may be on its way down already: what counts is the power state below.
    await askGuest(folder, { ask: 'shutdown' }, timeoutMs).catch(() => {});
    // Without the lock: whoever loses patience must be able to kill it meanwhile.
    while ((await powerState(folder)) !== 'stopped') {
      run.signal.throwIfAborted();
      if (Date.now() >= deadline) throw refusals.stillRunning(vm.name, timeoutMs);
      await delay(POLL_MS, undefined, { signal: run.signal });
    }
  }

  async kill(vm: VmRef, run: Run): Promise<void> {
    const inventory = await this.#inventory();
    await inventory.locked(vm.name, 'kill', run.signal, async () => {
      const { backendRef } = await inventory.require(vm);
      await run.step('power-off', () => powerOff(backendRef));
    });
  }

  async status(vm: VmRef): Promise<Presence<PowerState>> {
    const inventory = await this.#inventory();
    const found = await inventory.find(vm);
    if (found.kind !== 'present') return found;
    try {
      return present(await powerState(inventory.folders.of(vm.name)));
    } catch (error) {
      return unknown(`The power state of ${vm.name} cannot be read: ${sentenceOf(error)}`);
    }
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    return (await this.#inventory()).list();
  }

  async metrics(vm: VmRef): Promise<VmMetrics> {
    const { folder, ...definition } = await (await this.#inventory()).require(vm);
    return measure(folder, definition);
  }

  async guestExec(
    vm: VmRef,
    command: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<GuestResult> {
    const bytes = Buffer.byteLength(command);
    if (bytes > LONGEST_COMMAND) throw refusals.commandTooLong(bytes, LONGEST_COMMAND);
    const { folder } = await (await this.#inventory()).require(vm);
    // The guest keeps the limit itself; the slack lets its answer arrive.
    const answer = await askGuest(folder, { ask: 'exec', command, timeoutMs }, timeoutMs + 2_000);
    if (!answer.ok) throw refusals.guestFailed(vm.name, 'provisioner.guest-command-failed', answer.problem);
    return answer.value as ExecValue;
  }

  async updateGecos(
    vm: VmRef,
    login: { readonly wallet: string; readonly tokenId: string; readonly username: string },
  ): Promise<void> {
    checkVmLogin(login);
    const { folder } = await (await this.#inventory()).require(vm);
    const comment = gecos(login.wallet, login.tokenId);
    const answer = await askGuest(
      folder,
      { ask: 'gecos', username: login.username, comment },
      GECOS_TIMEOUT_MS,
    );
    const readBack = answer.ok ? answer.value : undefined;
    if (readBack === comment) return;
    const problem = answer.ok ? 'the entry reads differently afterwards' : answer.problem;
    throw refusals.guestFailed(vm.name, 'provisioner.gecos-not-set', problem);
  }

  async buildTemplate(
    { force }: { readonly force: boolean },
    run: Run,
  ): Promise<{ readonly fingerprint: string; readonly built: boolean }> {
    const inventory = await this.#inventory();
    return run.step('template', async () => {
      await inventory.folders.prepare();
      return inventory.withTemplate(() => buildTemplate(inventory.base, force));
    });
  }

  async detect(): Promise<{ readonly present: boolean; readonly explanation: string }> {
    return process.platform === 'linux'
      ? { present: true, explanation: 'Linux with /proc: local processes can stand for VMs.' }
      : { present: false, explanation: `The sandbox reads /proc, which ${process.platform} does not have.` };
  }

  /** For tests: removes every VM; nothing that this sandbox started runs on. */
  async purge(): Promise<void> {
    const { folders } = await this.#inventory();
    for (const name of await folders.names().catch(() => [])) {
      const found = await folders.read(name);
      if (found.kind === 'present') await powerOff(found.value.backendRef);
      await folders.remove(name);
    }
  }

  /** Anew for each verb, so that a changed configuration counts at once. */
  #inventory(): Promise<Inventory> {
    return Inventory.open(this.paths, this.config);
  }
}

/** Ends and removes a VM, provided that the name still means this one. The caller holds its lock. */
async function erase({ folders }: Inventory, { backendRef, spec }: Definition): Promise<void> {
  await powerOff(backendRef);
  const found = await folders.read(spec.name);
  if (found.kind === 'present' && found.value.backendRef === backendRef) await folders.remove(spec.name);
}

function created({ backendRef, spec }: Definition): CreatedVm {
  return {
    name: spec.name,
    backendRef,
    username: spec.username,
    ipv4: spec.addresses?.ipv4 ?? null,
    ipv6: spec.addresses?.ipv6 ?? null,
    loginPort: GUEST_PORT,
  };
}
