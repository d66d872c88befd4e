import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  BlockhostError,
  type CreatedVm,
  checkVmLogin,
  checkVmRef,
  EXEC,
  type Exec,
  FOREIGN_MANIFEST,
  type ForeignAdapter,
  type ForeignManifest,
  type GuestResult,
  inject,
  injectable,
  LOGGER,
  type Logger,
  PATHS,
  type Paths,
  type PowerState,
  type Presence,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  type VmLimits,
  type VmListing,
  type VmMetrics,
  type VmRef,
  type VmSpec,
} from '@blockhost/kernel';
import { capabilitiesOf } from './capabilities.js';
import { MachineState } from './machine-state.js';
import { metricsReply, metricsReplyOfAll } from './metrics-reply.js';
import { OrderRecords } from './order-records.js';
import { Orders } from './orders.js';
import { refusals } from './refusals.js';
import { throttleArguments } from './throttle-arguments.js';
import { type Verb, Verbs } from './verbs.js';

const POLL_MS = 200;
/** How long a VM may take to show the power state that its verb has just reported. */
const SETTLE_MS = 60_000;
const DETECT_TIMEOUT_MS = 5_000;
/** Bytes (specification provisioners.md 3.12). */
const LONGEST_COMMAND = 4000;

/** A foreign provisioner as the port: its executables do the work, this adapter knows what was ordered and believes only what it has seen. */
@injectable()
export default class ForeignProvisioner
  implements Provisioner, Omit<ProvisionerCapabilities, 'vmidsInUse'>, ForeignAdapter
{
  readonly capabilities: readonly string[];
  readonly #verbs: Verbs;
  readonly #orders: Orders;
  readonly #state: MachineState;

  constructor(
    @inject(FOREIGN_MANIFEST) private readonly foreign: ForeignManifest,
    @inject(EXEC) exec: Exec,
    @inject(PATHS) paths: Paths,
    @inject(LOGGER) log: Logger,
  ) {
    this.capabilities = capabilitiesOf(foreign.manifest);
    this.#verbs = new Verbs(foreign, exec, paths, log);
    const records = new OrderRecords(join(paths.state, 'provisioner-exec'));
    this.#state = new MachineState(this.#verbs, records);
    this.#orders = new Orders({
      verbs: this.#verbs,
      records,
      state: this.#state,
      locks: join(paths.run, 'provisioner-exec'),
      features: this.#features(),
    });
  }

  create(spec: VmSpec, run: Run): Promise<CreatedVm> {
    return this.#orders.create(spec, run);
  }

  destroy(vm: VmRef, run: Run): Promise<void> {
    return this.#orders.destroy(vm, run);
  }

  async start(vm: VmRef, run: Run): Promise<void> {
    await this.#orders.locked(vm.name, 'start', run.signal, () => this.#reach('running', 'start', vm, run));
  }

  async kill(vm: VmRef, run: Run): Promise<void> {
    await this.#orders.locked(vm.name, 'kill', run.signal, () => this.#reach('stopped', 'kill', vm, run));
  }

  async stop(vm: VmRef, { timeoutMs }: { readonly timeoutMs: number }, run: Run): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    if ((await this.#require(vm)) === 'stopped') return;
    const result = await this.#verbs.run('stop', [vm.name], { timeoutMs, signal: run.signal });
    run.signal.throwIfAborted();
    // The verb may only have asked the guest, or have given up by itself (exit code 6).
    while ((await this.#require(vm)) !== 'stopped') {
      run.signal.throwIfAborted();
      const refused = result.code !== 0 && result.code !== 6 && !result.timedOut;
      if (refused) throw refusals.verbFailed('stop', vm.name, result);
      if (Date.now() >= deadline) throw refusals.stillRunning(vm.name, timeoutMs);
      await delay(POLL_MS, undefined, { signal: run.signal });
    }
  }

  async status(vm: VmRef): Promise<Presence<PowerState>> {
    checkVmRef(vm);
    return this.#state.of(vm.name);
  }

  async list(): Promise<Presence<readonly VmListing[]>> {
    return this.#state.all();
  }

  async metrics(vm: VmRef): Promise<VmMetrics> {
    const { stdout } = await this.#expectSuccess('metrics', vm, [vm.name]);
    // Silence with exit code 0 is how a stub says "not implemented".
    if (stdout.trim() === '') throw this.#notSupported('metrics');
    const figures = metricsReply(stdout);
    if (figures === null) throw refusals.badAnswer('metrics', vm.name);
    return figures;
  }

  async metricsAll(vms: readonly VmRef[]): Promise<Readonly<Record<string, VmMetrics>>> {
    const result = await this.#verbs.run('metrics', ['--all']);
    if (result.code !== 0) throw refusals.verbFailed('metrics', 'all VMs', result);
    const figures = metricsReplyOfAll(result.stdout);
    if (figures === null) throw refusals.badAnswer('metrics', 'all VMs');
    const asked = new Set(vms.map(({ name }) => name));
    return Object.fromEntries([...figures].filter(([name]) => asked.has(name)));
  }

  async throttle(vm: VmRef, limits: VmLimits): Promise<void> {
    await this.#expectSuccess('throttle', vm, [vm.name, ...throttleArguments(limits)]);
  }

  async guestExec(
    vm: VmRef,
    command: string,
    { timeoutMs }: { readonly timeoutMs: number },
  ): Promise<GuestResult> {
    this.#verbs.require('guest-exec');
    if (command.startsWith('-')) throw refusals.invalidCommand('begins with "-"');
    if (Buffer.byteLength(command) > LONGEST_COMMAND)
      throw refusals.invalidCommand(`is longer than ${LONGEST_COMMAND} bytes`);
    if ((await this.#require(vm)) !== 'running') throw refusals.guestUnreachable(vm.name, 'it is off');
    const result = await this.#verbs.run('guest-exec', [vm.name, command], { timeoutMs });
    if (result.code === null || result.timedOut) throw refusals.verbFailed('guest-exec', vm.name, result);
    if (result.code === 125 && this.#features().includes('json-errors'))
      throw refusals.guestUnreachable(vm.name, 'the provisioner could not run the command');
    return { code: result.code, stdout: result.stdout, stderr: result.stderr };
  }

  async updateGecos(
    vm: VmRef,
    { wallet, tokenId, username }: { wallet: string; tokenId: string; username: string },
  ): Promise<void> {
    this.#verbs.require('update-gecos');
    checkVmLogin({ wallet, tokenId, username });
    if ((await this.#require(vm)) !== 'running') throw refusals.guestUnreachable(vm.name, 'it is off');
    const user = username === 'admin' ? [] : ['--username', username];
    await this.#expectSuccess('update-gecos', vm, [vm.name, wallet, '--nft-id', tokenId, ...user]);
  }

  async buildTemplate(
    { force }: { readonly force: boolean },
    run: Run,
  ): Promise<{ readonly fingerprint: string; readonly built: boolean }> {
    const result = await this.#verbs.run('build-template', force ? ['--force'] : [], {
      signal: run.signal,
      onProgress: (line) => run.progress(line),
    });
    run.signal.throwIfAborted();
    if (result.code !== 0) throw refusals.verbFailed('build-template', 'the base image', result);
    // The verb tells neither fingerprint nor whether it had to build: the package's version is what is known.
    const { name, version } = this.foreign.manifest;
    return { fingerprint: `${name}@${version}`, built: true };
  }

  async detect(): Promise<{ readonly present: boolean; readonly explanation: string }> {
    const { name, setup } = this.foreign.manifest;
    if (setup?.detect === undefined) throw this.#notSupported('detect');
    const result = await this.#verbs.call(setup.detect, [], { timeoutMs: DETECT_TIMEOUT_MS }, 'detect');
    const said = result.stderr.trim().split('\n').at(-1);
    const explanation = said || `${setup.detect} of ${name} ended with ${result.signal ?? result.code}.`;
    return { present: result.code === 0, explanation };
  }

  /** Runs a power verb unless its goal holds, and waits until the goal is seen. */
  async #reach(goal: PowerState, verb: Verb, vm: VmRef, run: Run): Promise<void> {
    if ((await this.#require(vm)) === goal) return;
    const result = await this.#verbs.run(verb, [vm.name], { signal: run.signal });
    run.signal.throwIfAborted();
    const deadline = Date.now() + (result.code === 0 ? SETTLE_MS : 0);
    while ((await this.#require(vm)) !== goal) {
      if (Date.now() >= deadline) throw refusals.verbFailed(verb, vm.name, result);
      await delay(POLL_MS, undefined, { signal: run.signal });
    }
  }

  async #require(vm: VmRef): Promise<PowerState> {
    const found = await this.status(vm);
    if (found.kind === 'unknown') throw await this.#state.refusal(vm.name, found.reason);
    if (found.kind === 'absent') throw refusals.noSuchVm(vm.name);
    return found.value;
  }

  async #expectSuccess(verb: Verb, vm: VmRef, args: readonly string[]) {
    checkVmRef(vm);
    const result = await this.#verbs.run(verb, args);
    if (result.code === 0) return result;
    await this.#require(vm);
    throw refusals.verbFailed(verb, vm.name, result);
  }

  #notSupported(what: string): BlockhostError {
    return new BlockhostError(
      'port.not-supported',
      `The provisioner ${this.foreign.manifest.name} does not offer ${what}.`,
      { remedy: 'Use a provisioner that does.', exitCode: 5 },
    );
  }

  #features(): readonly string[] {
    return this.foreign.manifest.api?.features ?? [];
  }
}
