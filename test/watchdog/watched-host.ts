import { join } from 'node:path';
import {
  boot,
  CLOCK,
  CONFIG,
  type ConfigFile,
  createHostConfig,
  type HostConfig,
  type Kernel,
  PROVISIONER,
  VM_OPERATIONS,
  VM_STORE,
  type VmMetrics,
  type VmOperations,
  type VmRecord,
  type VmStore,
  withRun,
} from '@blockhost/kernel';
import { BLOCKHOST_YAML, DB_YAML } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { type HostRoot, makeHostRoot, RecordingLogger } from '@blockhost/kernel/testing';
import type { Knex } from 'knex';
import { MemoryMachines } from '../hosting/memory-machines.js';

const plugins = join(import.meta.dirname, '../../../plugins');
const fixtures = join(import.meta.dirname, '../../hosting/fixtures');
const dist = join(plugins, 'watchdog/dist');

const machineParks = new Map<string, MemoryMachines>();

/** What the tests use of the watchdog's own classes. */
interface Watch {
  reload(): Promise<void>;
  look(
    signal: AbortSignal,
  ): Promise<{ readonly measured: number; readonly standing: number; readonly mode: string }>;
  settled(): Promise<void>;
  end(): Promise<void>;
  readonly problem: string | null;
}

export interface Action {
  readonly vm: string;
  readonly metric: string;
  readonly from: string;
  readonly to: string;
  readonly state: string;
  readonly dryRun: boolean;
  readonly outcome: string | null;
}

export const RULES: ConfigFile<object> = { name: 'plan-limits.yaml', format: 'yaml', mode: 0o640 };

/** Half a processor, for a minute half as much again. */
export const HALF = { cpu_percent: 50, burst: { factor: 1.5, seconds: 60 } };

const LOOK_MS = 10_000;

/** Stands still until told. */
class StillClock {
  #now = Date.parse('2026-03-01T12:00:00Z');

  now(): number {
    return this.#now;
  }

  advance(ms: number): void {
    this.#now += ms;
  }

  async sleep(ms: number): Promise<void> {
    this.advance(ms);
  }
}

/** A host whose VMs use what the test says, with the real business, and the watchdog look by look on a clock of its own. */
export class WatchedHost {
  readonly log = new RecordingLogger();
  readonly #signal = new AbortController().signal;
  #watch: Watch | null = null;

  private constructor(
    readonly root: HostRoot,
    readonly machines: MemoryMachines,
    readonly clock: StillClock,
    readonly kernel: Kernel,
    readonly config: HostConfig,
    readonly database: Knex,
    readonly vms: VmStore,
    readonly operations: VmOperations,
  ) {}

  /** With `databaseUrl` its state lies in that empty PostgreSQL database. */
  static async create(rules: object | null, databaseUrl?: string): Promise<WatchedHost> {
    const root = await makeHostRoot({
      plugins: [
        join(fixtures, 'chain-in-memory'),
        join(fixtures, 'provisioner-in-memory'),
        join(plugins, 'hosting'),
        join(plugins, 'watchdog'),
      ],
    });
    Object.assign(globalThis, { [Symbol.for('blockhost.test/machines')]: machineParks });
    const machines = new MemoryMachines();
    machineParks.set(root.root, machines);
    const clock = new StillClock();
    if (databaseUrl !== undefined)
      await createHostConfig({ paths: root.paths }).write(BLOCKHOST_YAML, { database: { url: databaseUrl } });
    const kernel = await boot({ process: 'test', paths: root.paths, log: new RecordingLogger(), clock });
    const config = await kernel.get(CONFIG);
    await config.write(DB_YAML, {
      ip_pool: { network: '10.9.0.0/16', start: '10.9.0.10', end: '10.9.0.250', gateway: '10.9.0.1' },
    });
    if (rules) await config.write(RULES, rules);
    return new WatchedHost(
      root,
      machines,
      clock,
      kernel,
      config,
      await kernel.get(DATABASE),
      await kernel.get(VM_STORE),
      await kernel.get(VM_OPERATIONS),
    );
  }

  /** A VM of two processors that uses one percent of one. */
  async addVm(name: string, planId: string | null = '1'): Promise<VmRecord> {
    const order = {
      name,
      operationId: crypto.randomUUID(),
      ownerWallet: 'somebody',
      planId,
      username: 'admin',
      cpu: 2,
      memoryMb: 1_024,
      diskGb: 10,
      expiresAt: '2099-01-01T00:00:00Z',
    };
    const vm = await this.vms.reserve(order);
    const made = await withRun({ name: 'create', log: this.log }, (run) =>
      this.machines.create({ ...order, tokenId: null, addresses: { ipv4: vm.ipv4, ipv6: vm.ipv6 } }, run),
    );
    this.uses(name, { cpuPercent: 1 });
    return this.vms.publish(name, order.operationId, made);
  }

  uses(name: string, figures: Partial<VmMetrics>): void {
    this.machines.figures.set(name, { ...QUIET, ...figures });
  }

  /** Looks every ten seconds, and lets each look finish what it began. */
  async watch(minutes: number): Promise<void> {
    for (let look = 0; look < minutes * 6; look += 1) {
      this.clock.advance(LOOK_MS);
      const watch = await this.watching();
      await watch.look(this.#signal);
      await watch.settled();
    }
  }

  /** The watchdog of this process; the first call starts it. */
  async watching(): Promise<Watch> {
    if (this.#watch) return this.#watch;
    const load = (file: string) => import(join(dist, file));
    const { Ledger } = await load('acts/ledger.js');
    const { Enforcer } = await load('acts/enforcer.js');
    const { FindingsTable } = await load('health/findings-table.js');
    const { HistoryFiles } = await load('history/history-files.js');
    const { History } = await load('history/history.js');
    const { Watch } = await load('watch.js');
    const { database, log, vms, clock, operations, config } = this;
    const { paths } = this.root;
    const ledger = new Ledger(database);
    const watch: Watch = new Watch({
      vms,
      clock: await this.kernel.get(CLOCK),
      log,
      config,
      provisioner: await this.kernel.get(PROVISIONER),
      paths,
      ledger,
      enforcer: new Enforcer({ ledger, operations, vms, clock, log }),
      findings: new FindingsTable(database, log),
      history: new History(new HistoryFiles(paths), log),
    });
    await watch.reload();
    this.#watch = watch;
    return watch;
  }

  /** The next look is that of a process which knows only what was stored. */
  restart(): void {
    this.#watch = null;
  }

  async setRules(rules: object): Promise<void> {
    await this.config.write(RULES, rules);
    await (await this.watching()).reload();
  }

  /** Oldest first. */
  async actions(): Promise<readonly Action[]> {
    const { Ledger } = await import(join(dist, 'acts/ledger.js'));
    const actions: readonly Action[] = await new Ledger(this.database).recent(1_000);
    return actions.toReversed();
  }

  /** `VM METRIC FROM→TO`, with the state where that is not `done`. */
  async steps(): Promise<readonly string[]> {
    return (await this.actions()).map(
      ({ vm, metric, from, to, state }) =>
        `${vm} ${metric} ${from}→${to}${state === 'done' ? '' : ` ${state}`}`,
    );
  }

  /** What is kept of a VM, oldest first. */
  async history(
    name: string,
  ): Promise<
    readonly { readonly at: string; readonly metrics: Readonly<Record<string, readonly number[]>> }[]
  > {
    const { HistoryFiles } = await import(join(dist, 'history/history-files.js'));
    return new HistoryFiles(this.root.paths).read(await this.vms.get(name), 0);
  }

  /** Limits in force at the machine itself. */
  inForce(name: string): object | undefined {
    const limits = this.machines.standing.get(name)?.limits ?? {};
    return Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== null));
  }

  async dispose(): Promise<void> {
    await this.kernel.stop();
    machineParks.delete(this.root.root);
    await this.root.dispose();
  }
}

const QUIET: VmMetrics = {
  state: 'running',
  cpuPercent: 1,
  cpuCount: 2,
  memoryUsedMb: 100,
  memoryTotalMb: 1_024,
  diskUsedMb: -1,
  diskTotalMb: 10_240,
  diskReadIops: 0,
  diskWriteIops: 0,
  diskReadBytesPerSecond: 0,
  diskWriteBytesPerSecond: 0,
  netRxBytesPerSecond: 0,
  netTxBytesPerSecond: 0,
  netConnections: -1,
  guestAgentResponsive: true,
  uptimeSeconds: 60,
};
