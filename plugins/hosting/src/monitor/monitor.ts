import {
  CHAIN_ENGINE,
  type ChainEngine,
  CLOCK,
  type Clock,
  CONFIG,
  type Daemon,
  type DaemonContext,
  type DaemonHealth,
  type HostConfig,
  hasCode,
  inject,
  injectable,
  LOGGER,
  type Logger,
  PATHS,
  type Paths,
  PRIVILEGED_ACTIONS,
  PROVISIONER,
  type PrivilegedActions,
  type Provisioner,
  sentenceOf,
  VM_STORE,
  type VmStore,
} from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import type { Host } from '../pipeline/host.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { queueLength } from '../pipeline/queue.js';
import { readSettings } from '../settings.js';
import { BackOff } from './back-off.js';
import { Scanner, type Tick } from './scanner.js';

/** After that long without a readable chain the host counts as unhealthy. */
const UNHEALTHY_AFTER_MS = 600_000;

/** Daemon `monitor`: sees what is bought on the chain and has it served (engine.md 3). */
@injectable()
export default class Monitor implements Daemon {
  readonly #host: Host;
  readonly #stopping = new AbortController();
  #work: Promise<unknown> = Promise.resolve();
  #last: Tick | null = null;
  #failingSince: number | null = null;
  #reason = '';

  constructor(
    @inject(DATABASE) database: Knex,
    @inject(VM_STORE) vms: VmStore,
    @inject(CHAIN_ENGINE) chain: ChainEngine,
    @inject(PROVISIONER) provisioner: Provisioner,
    @inject(CONFIG) config: HostConfig,
    @inject(CLOCK) clock: Clock,
    @inject(PATHS) paths: Paths,
    @inject(LOGGER) log: Logger,
    @inject(PRIVILEGED_ACTIONS, { isOptional: true }) rootAgent?: PrivilegedActions,
  ) {
    this.#host = {
      database,
      vms,
      chain,
      provisioner,
      rootAgent: rootAgent ?? null,
      config,
      clock,
      paths,
      log,
    };
  }

  async start({ signal, log, status, fail }: DaemonContext): Promise<void> {
    const host = { ...this.#host, log };
    const settings = await readSettings(host.config);
    const scanner = new Scanner(host);
    const pipeline = new Pipeline(host, settings);
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    await scanner.announce();
    log.info('watching', {
      chain: host.chain.chain.displayName,
      contract: host.chain.chain.contracts?.subscriptions,
      confirmations: host.chain.chain.confirmations,
      everyMs: settings.pollIntervalMs,
    });
    this.#work = Promise.all([
      pipeline.run(stop),
      this.#watch(scanner, pipeline, settings.pollIntervalMs, { stop, log, status }),
    ]).catch(fail);
  }

  async health(): Promise<DaemonHealth> {
    const since = this.#failingSince;
    const facts = {
      ...(this.#last && {
        head: this.#last.head,
        cursor: this.#last.cursor,
        lag: this.#last.head - this.#last.cursor,
      }),
      queue: await queueLength(this.#host.database),
    };
    return since !== null && this.#host.clock.now() - since >= UNHEALTHY_AFTER_MS
      ? { healthy: false, reason: this.#reason, facts }
      : { healthy: true, facts };
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the monitor stops'));
    await this.#work;
  }

  async #watch(
    scanner: Scanner,
    pipeline: Pipeline,
    intervalMs: number,
    { stop, log, status }: { stop: AbortSignal; log: Logger; status: (line: string) => void },
  ): Promise<void> {
    const backOff = new BackOff();
    while (!stop.aborted) {
      let pause = intervalMs;
      try {
        this.#last = await scanner.tick(stop);
        this.#failingSince = null;
        backOff.succeeded();
        status(`block ${this.#last.cursor} of ${this.#last.head}`);
      } catch (error) {
        if (stop.aborted) break;
        this.#failingSince ??= this.#host.clock.now();
        this.#reason = sentenceOf(error);
        pause = backOff.failed();
        const what = hasCode(error, 'chain.unreachable')
          ? 'the chain cannot be read'
          : 'a look at the chain failed';
        log.warn(what, { reason: this.#reason, againInMs: pause });
        status(`waiting: ${this.#reason}`);
      }
      // Also after a tick that found nothing: an operator may have put an entry back.
      pipeline.wake();
      await this.#host.clock.sleep(pause, stop).catch(() => {});
    }
  }
}
