import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  absent,
  acquireLock,
  BlockhostError,
  CONFIG,
  type CreatedVm,
  checkVmLogin,
  checkVmRef,
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
import { DB_YAML, DEFAULT_SANDBOX_DIR } from './db-yaml.js';
import { checkAddressIsFree } from './free-address.js';
import { type ExecValue, GUEST_PORT } from './guest/protocol.js';
import { askGuest } from './guest-client.js';
import { measure } from './metrics.js';
import { noSuchVm } from './no-such-vm.js';
import { launch, powerOff, powerState, waitUntilUp } from './power.js';
import { buildTemplate, gecos, makeRootfs } from './template.js';
import { type Definition, VmFolders } from './vm-folder.js';

/** How long a verb waits for another verb on the same VM (specification provisioners.md 3.0). */
const LOCK_TIMEOUT_MS = 30_000;
const POLL_MS = 25;
const LONGEST_COMMAND = 4000;

/** Local processes instead of machines: each VM is a folder and a supervised process. Isolates nothing. */
@injectable()
export default class Sandbox implements Provisioner, Metrics, GuestExec, UpdateGecos, Template, Detect {
  #opened: Promise<{ base: string; folders: VmFolders }> | undefined;

  constructor(
    @inject(PATHS) private readonly paths: Paths,
    @inject(CONFIG) private readonly config: HostConfig,
  ) {}

  async create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    checkVmSpec(spec);
    if (spec.addresses === null)
      throw new BlockhostError('provisioner.invalid-spec', 'The sandbox does not choose addresses itself.', {
        remedy: 'Reserve an address of the range in db.yaml and pass it.',
      });
    const { base, folders } = await this.#open();
    return this.#locked(spec.name, 'create', run.signal, async () => {
      const found = await folders.read(spec.name);
      if (found.kind === 'unknown') throw stateUnknown(spec.name, found.reason);
      if (found.kind === 'present') {
        if (found.value.spec.operationId !== spec.operationId) throw nameTaken(spec.name);
        if (found.value.phase === 'ready') return created(found.value);
        // Our own order, cut off: nothing of it was ever handed out, so it is made anew.
        await this.#erase(found.value);
      }
      if (spec.addresses?.ipv4) await checkAddressIsFree(spec.addresses.ipv4);
      const vm: Definition = { schema: 1, phase: 'making', backendRef: randomUUID(), spec };
      const folder = folders.of(spec.name);

      await run.step(
        'define',
        () => folders.claim(vm),
        () => this.#locked(spec.name, 'undo of create', undefined, () => this.#erase(vm)),
      );
      await run.step('disk', () => this.#withTemplate(() => makeRootfs(base, folder, spec)));
      await run.step('boot', () => launch(folder, vm));
      await run.step('answer', () => waitUntilUp(folder, spec.name, run.signal));
      const ready: Definition = { ...vm, phase: 'ready' };
      await run.step('record', () => folders.save(ready));
      return created(ready);
    });
  }

  async destroy(vm: VmRef, run: Run): Promise<void> {
    checkVmRef(vm);
    const { folders } = await this.#open();
    await this.#locked(vm.name, 'destroy', run.signal, async () => {
      const found = await this.#find(vm);
      if (found.kind === 'unknown') throw stateUnknown(vm.name, found.reason);
      if (found.kind === 'present') await run.step('power-off', () => powerOff(found.value.backendRef));
      // Also when absent: an earlier destroy may have been cut off between renaming and removing.
      if ((await folders.read(vm.name)).kind === 'absent' || found.kind === 'present')
        await run.step('remove', () => folders.remove(vm.name));
      await run.step('prove', async () => {
        const left = await this.status(vm);
        if (left.kind !== 'absent') throw stateUnknown(vm.name, 'it is still there after removing it');
      });
    });
  }

  async start(vm: VmRef, run: Run): Promise<void> {
    await this.#locked(vm.name, 'start', run.signal, async () => {
      const definition = await this.#require(vm);
      const folder = await this.#folderOf(vm);
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
    await this.#require(vm);
    const folder = await this.#folderOf(vm);
    // A guest that cannot be asked may still be on its way down: what counts is the power state below.
    await askGuest(folder, { ask: 'shutdown' }, timeoutMs).catch(() => {});
    // Without the lock: whoever loses patience must be able to kill it meanwhile.
    while ((await powerState(folder)) !== 'stopped') {
      run.signal.throwIfAborted();
      if (Date.now() >= deadline) throw stillRunning(vm.name, timeoutMs);
      await delay(POLL_MS, undefined, { signal: run.signal });
    }
  }

  async kill(vm: VmRef, run: Run): Promise<void> {
    await this.#locked(vm.name, 'kill', run.signal, async () => {
      const definition = await this.#require(vm);
      await run.step('power-off', () => powerOff(definition.backendRef));
    });
  }

  async status(vm: VmRef): Promise<Presence<PowerState>> {
    checkVmRef(vm);
    const found = await this.#find(vm);
    if (found.kind !== 'present') return found;
    try {
      return present(await powerState(await this.#folderOf(vm)));
    } catch (error) {
      return unknown(`The power state of ${vm.name} cannot be read: ${sentenceOf(error)}`);
    }
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    const { folders } = await this.#open();
    const listing: VmListing[] = [];
    try {
      for (const name of await folders.names()) {
        const found = await folders.read(name);
        if (found.kind === 'unknown') return found;
        if (found.kind === 'present')
          listing.push({
            name,
            backendRef: found.value.backendRef,
            power: await powerState(folders.of(name)),
          });
      }
      return present(listing);
    } catch (error) {
      return unknown(`The sandbox's folder cannot be read: ${sentenceOf(error)}`);
    }
  }

  async metrics(vm: VmRef): Promise<VmMetrics> {
    return measure(await this.#folderOf(vm), await this.#require(vm));
  }

  async guestExec(
    vm: VmRef,
    command: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<GuestResult> {
    if (Buffer.byteLength(command) > LONGEST_COMMAND)
      throw new BlockhostError('provisioner.invalid-command', 'The command for the guest is too long.', {
        facts: { bytes: Buffer.byteLength(command), limit: LONGEST_COMMAND },
        remedy: 'Write it into a file of the guest first and run that.',
      });
    await this.#require(vm);
    // The guest keeps the limit itself; the slack lets its answer arrive.
    const answer = await askGuest(
      await this.#folderOf(vm),
      { ask: 'exec', command, timeoutMs },
      timeoutMs + 2_000,
    );
    if (!answer.ok) throw guestRefused(vm.name, 'provisioner.guest-command-failed', answer.problem);
    return answer.value as ExecValue;
  }

  async updateGecos(
    vm: VmRef,
    login: { readonly wallet: string; readonly tokenId: string; readonly username: string },
  ): Promise<void> {
    checkVmLogin(login);
    await this.#require(vm);
    const comment = gecos(login.wallet, login.tokenId);
    const answer = await askGuest(
      await this.#folderOf(vm),
      { ask: 'gecos', username: login.username, comment },
      5_000,
    );
    if (!answer.ok) throw guestRefused(vm.name, 'provisioner.gecos-not-set', answer.problem);
    if (answer.value !== comment)
      throw guestRefused(vm.name, 'provisioner.gecos-not-set', 'the entry reads differently afterwards');
  }

  async buildTemplate(
    { force }: { readonly force: boolean },
    run: Run,
  ): Promise<{ readonly fingerprint: string; readonly built: boolean }> {
    const { base, folders } = await this.#open();
    return run.step('template', async () => {
      await folders.prepare();
      return this.#withTemplate(() => buildTemplate(base, force));
    });
  }

  async detect(): Promise<{ readonly present: boolean; readonly explanation: string }> {
    return process.platform === 'linux'
      ? { present: true, explanation: 'Linux with /proc: local processes can stand for VMs.' }
      : { present: false, explanation: `The sandbox reads /proc, which ${process.platform} does not have.` };
  }

  /** Removes every VM and whatever crashes left: nothing that this sandbox started runs on. */
  async purge(): Promise<void> {
    const { folders } = await this.#open();
    for (const name of await folders.names().catch(() => [])) {
      const found = await folders.read(name);
      if (found.kind === 'present') await powerOff(found.value.backendRef);
      await folders.remove(name);
    }
  }

  /** Processes and removes a VM, provided that it is still this one. The caller holds its lock. */
  async #erase({ backendRef, spec }: Definition): Promise<void> {
    const { folders } = await this.#open();
    await powerOff(backendRef);
    const found = await folders.read(spec.name);
    if (found.kind === 'present' && found.value.backendRef === backendRef) await folders.remove(spec.name);
  }

  /** The VM that `vm` means: another one of the same name is not it. */
  async #find(vm: VmRef): Promise<Presence<Definition>> {
    const { folders } = await this.#open();
    const found = await folders.read(vm.name);
    if (found.kind === 'present' && vm.backendRef !== null && vm.backendRef !== found.value.backendRef)
      return absent;
    return found;
  }

  async #require(vm: VmRef): Promise<Definition> {
    checkVmRef(vm);
    const found = await this.#find(vm);
    if (found.kind === 'unknown') throw stateUnknown(vm.name, found.reason);
    if (found.kind === 'absent') throw noSuchVm(vm.name);
    return found.value;
  }

  async #folderOf(vm: VmRef): Promise<string> {
    return (await this.#open()).folders.of(vm.name);
  }

  async #locked<T>(
    name: string,
    purpose: string,
    signal: AbortSignal | undefined,
    act: () => Promise<T>,
  ): Promise<T> {
    using _ = await acquireLock(join(this.paths.run, 'vm', `${name}.lock`), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose: `${purpose} ${name}`,
      ...(signal && { signal }),
    });
    return await act();
  }

  async #withTemplate<T>(act: () => Promise<T>): Promise<T> {
    using _ = await acquireLock(join(this.paths.run, 'sandbox-template.lock'), {
      timeoutMs: LOCK_TIMEOUT_MS,
      purpose: 'template of the sandbox',
    });
    return await act();
  }

  #open(): Promise<{ base: string; folders: VmFolders }> {
    this.#opened ??= this.config.find(DB_YAML).then((keys) => {
      const base = this.paths.resolve(keys?.sandbox_dir ?? DEFAULT_SANDBOX_DIR);
      return { base, folders: new VmFolders(base) };
    });
    return this.#opened;
  }
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

function nameTaken(name: string): BlockhostError {
  return new BlockhostError('provisioner.name-taken', `The name ${name} belongs to another VM.`, {
    remedy: 'Choose another name, or destroy that VM first.',
    facts: { name },
  });
}

function stateUnknown(name: string, reason: string): BlockhostError {
  return new BlockhostError('provisioner.unknown-state', `The state of ${name} is not known.`, {
    cause: new Error(reason),
    remedy: 'Nothing was changed; remove the reason and try again.',
    facts: { name },
  });
}

function stillRunning(name: string, timeoutMs: number): BlockhostError {
  return new BlockhostError(
    'provisioner.still-running',
    `${name} did not shut down within ${timeoutMs} ms.`,
    {
      remedy: 'Give the guest more time, or kill the VM.',
      facts: { name },
      exitCode: 6,
    },
  );
}

function guestRefused(name: string, code: string, problem: string): BlockhostError {
  return new BlockhostError(code, `The guest of ${name} did not do as asked: ${problem}.`, {
    facts: { name },
    remedy: 'Look at its console, correct the request and try again.',
  });
}
