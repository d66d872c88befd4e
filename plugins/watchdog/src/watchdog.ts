import {
  BlockhostError,
  CLOCK,
  type Clock,
  CONFIG,
  type Daemon,
  type DaemonContext,
  type DaemonHealth,
  type HostConfig,
  inject,
  injectable,
  LOGGER,
  type Logger,
  PATHS,
  type Paths,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  sentenceOf,
  supports,
  VM_OPERATIONS,
  VM_STORE,
  type VmOperations,
  type VmStore,
} from '@blockhost/kernel';
import { DATABASE, type Knex } from '@blockhost/kernel/store';
import { Enforcer } from './acts/enforcer.js';
import { Ledger } from './acts/ledger.js';
import { FindingsTable } from './health/findings-table.js';
import { History } from './history/history.js';
import { HistoryFiles } from './history/history-files.js';
import { type LastLook, Watch } from './watch.js';

/** After that long without a single figure the watchdog sees nothing. */
const BLIND_MS = 600_000;
/** A look that fails once may succeed the next time. */
const FAILED_MS = 60_000;

/**
 * Daemon `watchdog`: looks at what VMs use, keeps it, and holds them to the limits of their plans (provisioners.md 9).
 * SIGHUP reads its two files again.
 */
@injectable()
export default class Watchdog implements Daemon {
  readonly #stopping = new AbortController();
  /** Ends the pause between two looks. */
  #wake = new AbortController();
  #watch: Watch | null = null;
  #work: Promise<unknown> = Promise.resolve();
  #failure: { readonly since: number; readonly reason: string } | null = null;

  constructor(
    @inject(DATABASE) private readonly database: Knex,
    @inject(VM_STORE) private readonly vms: VmStore,
    @inject(VM_OPERATIONS) private readonly operations: VmOperations,
    @inject(PROVISIONER) private readonly provisioner: Provisioner & Partial<ProvisionerCapabilities>,
    @inject(CONFIG) private readonly config: HostConfig,
    @inject(CLOCK) private readonly clock: Clock,
    @inject(PATHS) private readonly paths: Paths,
    @inject(LOGGER) private readonly log: Logger,
  ) {}

  /** Throws `watchdog.no-metrics`. Files that are wrong do not keep it from looking: they are told of. */
  async start({ signal, log, status, fail }: DaemonContext): Promise<void> {
    if (!supports(this.provisioner, 'metrics'))
      throw new BlockhostError('watchdog.no-metrics', 'The provisioner of this host measures nothing.', {
        remedy: 'Without figures there is nothing to watch: disable the watchdog.',
      });
    const { vms, clock, database, operations, provisioner, config, paths } = this;
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    const ledger = new Ledger(database);
    const watch = new Watch({
      vms,
      clock,
      log,
      config,
      provisioner,
      paths,
      ledger,
      enforcer: new Enforcer({ ledger, operations, vms, clock, log }),
      findings: new FindingsTable(database, log),
      history: new History(new HistoryFiles(paths), log),
    });
    this.#watch = watch;
    const reload = () => {
      const read = watch.reload().then(() => this.#wake.abort());
      read.catch(fail);
    };
    process.on('SIGHUP', reload);
    stop.addEventListener('abort', () => process.off('SIGHUP', reload), { once: true });
    await watch.reload();
    this.#work = this.run(watch, stop, log, status).catch(fail);
  }

  private async run(
    watch: Watch,
    stop: AbortSignal,
    log: Logger,
    status: (line: string) => void,
  ): Promise<void> {
    while (!stop.aborted) {
      this.#wake = new AbortController();
      let pause = watch.minIntervalMs;
      try {
        const look = await watch.look(stop);
        pause = look.pauseMs;
        if (this.#failure)
          log.info('a look succeeds again', { failedForMs: this.clock.now() - this.#failure.since });
        this.#failure = null;
        status(lineOf(look));
      } catch (error) {
        if (stop.aborted) break;
        const reason = sentenceOf(error);
        if (this.#failure?.reason !== reason) log.warn('a look at the VMs failed', { reason });
        this.#failure = { since: this.#failure?.since ?? this.clock.now(), reason };
      }
      await this.clock.sleep(pause, AbortSignal.any([stop, this.#wake.signal])).catch(() => {});
    }
    await watch.end();
  }

  async health(): Promise<DaemonHealth> {
    const [watch, failure] = [this.#watch, this.#failure];
    const look = watch?.last ?? null;
    const facts = look
      ? {
          vms: look.vms,
          measured: look.measured,
          cost_ms: Math.round(look.costMs),
          interval_ms: Math.round(look.intervalMs),
          over_plan: look.standing,
          findings: look.findings,
          mode: look.mode,
        }
      : {};
    const blindFor = look?.blindSince == null ? 0 : this.clock.now() - look.blindSince;
    const reason =
      watch?.problem ??
      (failure && this.clock.now() - failure.since >= FAILED_MS ? failure.reason : undefined) ??
      (blindFor >= BLIND_MS ? 'The provisioner has answered for no VM in 10 minutes.' : undefined);
    return reason === undefined ? { healthy: true, facts } : { healthy: false, reason, facts };
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the watchdog stops'));
    await this.#work;
  }
}

function lineOf({ vms, measured, standing, mode }: LastLook): string {
  return `${measured} of ${vms} VMs measured, ${standing} over their plan, ${mode}`;
}
