import { join } from 'node:path';
import {
  boot,
  type Clock,
  CONFIG,
  createHostConfig,
  type Daemon,
  type Hex,
  type HostConfig,
  type Kernel,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  systemClock,
  VM_STORE,
  type VmRecord,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import { BLOCKHOST_YAML, DB_YAML, DEPLOYER_KEY, SERVER_KEY } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import {
  FakeChain,
  type FakeChainOptions,
  type FakeCustomer,
  type HostRoot,
  makeHostRoot,
  RecordingLogger,
} from '@blockhost/kernel/testing';
import type { Knex } from 'knex';
import { until } from '../demo/until.js';
import { checkInvariants } from '../invariants/check-invariants.js';
import type { World } from '../invariants/facts.js';
import type { MemoryMachines } from './memory-machines.js';

const plugins = join(import.meta.dirname, '../../../plugins');
const fixtures = join(import.meta.dirname, '../../hosting/fixtures');
const serverKey = '7'.repeat(64);
/** The one that holds unless the host says another (provisioners.md 3.8). */
const GRACE_MS = 7 * 86_400_000;
export const publicSecret = 'blockhost-access@test';

const chains = new Map<string, FakeChain>();
const machineParks = new Map<string, MemoryMachines>();
const endpoints = new Map<string, () => Promise<string | null>>();
Object.assign(globalThis, {
  [Symbol.for('blockhost.test/chains')]: chains,
  [Symbol.for('blockhost.test/machines')]: machineParks,
  [Symbol.for('blockhost.test/endpoints')]: endpoints,
});

/** Each host has loopback addresses of its own, so that tests can run beside each other. */
let hosts = (process.pid % 120) + 100;

export interface MemoryHostOptions extends FakeChainOptions {
  /** Size of the one plan, in MiB. */
  readonly memoryMb?: number;
  /** Addresses in the pool. */
  readonly addresses?: number;
  readonly retryDelaysMs?: readonly number[];
  /** In place of the sandbox. */
  readonly machines?: MemoryMachines;
  /** In place of the sandbox: other plugins, their settings, and what must run before the base image is built. */
  readonly backend?: {
    readonly plugins: readonly string[];
    readonly db: object;
    begin(root: string): Promise<void>;
  };
  readonly clock?: Clock;
  /** In place of a file: an empty PostgreSQL database. */
  readonly databaseUrl?: string;
  /** What the connectivity provider tells customers to connect to; none unless told. */
  readonly connectivity?: () => Promise<string | null>;
}

/** A whole host in this process: the real kernel, hosting and sandbox on a chain in memory. */
export class MemoryHost {
  #monitor: { readonly daemon: Daemon; readonly abort: AbortController } | null = null;

  private constructor(
    readonly root: HostRoot,
    readonly chain: FakeChain,
    readonly log: RecordingLogger,
    readonly kernel: Kernel,
    readonly config: HostConfig,
    readonly database: Knex,
    readonly vms: VmStore,
    readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>,
    readonly clock: Clock,
  ) {}

  static async create(options: MemoryHostOptions = {}) {
    const {
      memoryMb = 256,
      addresses = 40,
      retryDelaysMs = [10, 20, 30],
      machines,
      connectivity,
      backend,
    } = options;
    const root = await makeHostRoot({
      plugins: [
        join(fixtures, 'chain-in-memory'),
        ...(machines
          ? [join(fixtures, 'provisioner-in-memory')]
          : (backend?.plugins ?? ['provisioner-sandbox']).map((name) => join(plugins, name))),
        join(plugins, 'hosting'),
        ...(connectivity ? [join(fixtures, 'connectivity-in-memory')] : []),
      ],
    });
    if (connectivity) endpoints.set(root.root, connectivity);
    if (machines) machineParks.set(root.root, machines);
    const chain = new FakeChain(options);
    const state = options.databaseUrl ? { database: { url: options.databaseUrl } } : {};
    await createHostConfig({ paths: root.paths }).write(BLOCKHOST_YAML, state);
    const host = await MemoryHost.open(root, chain, options.clock);
    hosts += 1;
    const network = `127.${hosts % 250}`;
    await host.config.write(BLOCKHOST_YAML, {
      ...state,
      public_secret: publicSecret,
      monitor: { poll_interval_ms: 20, retry_delays_ms: retryDelaysMs },
      plans: { '1': { cpu: 1, memory: memoryMb, disk: 1 } },
    });
    await host.config.write(DB_YAML, {
      sandbox_dir: '/var/lib/blockhost/sandbox',
      ip_pool: {
        network: `${network}.0.0/16`,
        start: `${network}.0.10`,
        end: `${network}.0.${9 + addresses}`,
        gateway: `${network}.0.1`,
      },
      ...backend?.db,
    });
    await backend?.begin(root.root);
    await host.config.write(SERVER_KEY, serverKey);
    await host.config.write(DEPLOYER_KEY, chain.ownerKey.text);
    if (!machines)
      await withRun({ name: 'template', log: host.log }, async (run) =>
        host.provisioner.buildTemplate?.({ force: false }, run),
      );
    chain.send(chain.ownerKey.key, { do: 'create-plan', name: 'Small', price: 50n });
    return host;
  }

  /** The same host after its process ended: another kernel on the same files and chain. */
  async restarted(): Promise<MemoryHost> {
    await this.stopMonitor();
    await this.kernel.stop();
    return MemoryHost.open(this.root, this.chain, this.clock);
  }

  private static async open(
    root: HostRoot,
    chain: FakeChain,
    clock: Clock = systemClock,
  ): Promise<MemoryHost> {
    chains.set(root.root, chain);
    const log = new RecordingLogger();
    const kernel = await boot({ process: 'test', paths: root.paths, log, clock });
    return new MemoryHost(
      root,
      chain,
      log,
      kernel,
      await kernel.get(CONFIG),
      await kernel.get(DATABASE),
      await kernel.get(VM_STORE),
      await kernel.get(PROVISIONER),
      clock,
    );
  }

  /** The access data of a customer, as the signup page makes them. */
  async access({ key }: FakeCustomer): Promise<Hex> {
    const signature = await this.chain.messages.sign(publicSecret, key);
    return this.chain.cipher.sealPurchase(encodeHex(publicKeyOf(parsePrivateKey(serverKey))), signature);
  }

  async buy(customer: FakeCustomer, days = 30): Promise<void> {
    customer.buy({ planId: 1n, days, userEncrypted: await this.access(customer) });
  }

  async startMonitor(): Promise<void> {
    const abort = new AbortController();
    const daemon = await this.kernel.import('hosting', 'daemons', 'monitor');
    this.#monitor = { daemon, abort };
    const fail = (error: unknown) => this.log.error('the monitor failed', { error });
    await daemon.start({ signal: abort.signal, log: this.log, status: () => {}, fail });
  }

  async stopMonitor(): Promise<void> {
    this.#monitor?.abort.abort(new Error('the test stops the monitor'));
    await this.#monitor?.daemon.stop();
    this.#monitor = null;
  }

  health() {
    return this.#monitor?.daemon.health();
  }

  entries(): Promise<Record<string, unknown>[]> {
    return this.database('pipeline_entries').orderBy('seq');
  }

  /** Waits until the whole chain was read and no entry is open; then every invariant holds. */
  async rest(timeoutMs = 20_000): Promise<void> {
    await this.untilRest(timeoutMs);
    await this.checkInvariants();
  }

  /** What must hold of a host at rest. The chain in memory has a time of its own, by which subscriptions end. */
  checkInvariants(unlike: Partial<World> = {}): Promise<void> {
    return checkInvariants({
      engine: this.chain,
      provisioner: this.provisioner,
      vms: this.vms,
      database: this.database,
      now: this.chain.ledger.head.timestamp * 1_000,
      graceMs: GRACE_MS,
      ...unlike,
    });
  }

  /** As {@link rest}, where the test has brought about what the host cannot put right. */
  async untilRest(timeoutMs = 20_000): Promise<void> {
    const { confirmations } = this.chain.chain;
    await until('the pipeline to rest', timeoutMs, async () => {
      const safe = this.chain.ledger.head.height - (confirmations - 1);
      const cursor = await this.database('chain_cursors').first('height', 'hash');
      const open = await this.database('pipeline_entries')
        .whereIn('state', ['queued', 'active'])
        .orWhereNotNull('orphaned_at')
        .first('id');
      const isRead = cursor?.height === safe && cursor.hash === this.chain.ledger.at(safe)?.hash;
      return isRead && !open ? true : null;
    });
  }

  /** What the holder of a credential reads. */
  async details({ key }: FakeCustomer, tokenId: bigint): Promise<Record<string, unknown>> {
    const credential = await this.chain.credentials.get(tokenId);
    if (credential.kind !== 'present') throw new Error(`no credential ${tokenId}`);
    const signature = await this.chain.messages.sign(publicSecret, key);
    return JSON.parse(this.chain.cipher.open(signature, credential.value.userData));
  }

  poolConfig() {
    return this.config.read(DB_YAML);
  }

  async stopVm(vm: VmRecord): Promise<void> {
    await withRun({ name: 'stop', log: this.log }, (run) =>
      this.provisioner.stop(vm, { timeoutMs: 5_000 }, run),
    );
  }

  async dispose(): Promise<void> {
    await this.stopMonitor();
    for (const vm of await this.vms.list())
      await withRun({ name: 'clean-up', log: this.log }, (run) => this.provisioner.destroy(vm, run));
    await this.kernel.stop();
    chains.delete(this.root.root);
    machineParks.delete(this.root.root);
    endpoints.delete(this.root.root);
    await this.root.dispose();
  }
}
