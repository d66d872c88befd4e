import {
  CHAIN_ENGINE,
  type ChainEngine,
  CLOCK,
  type Clock,
  CONFIG,
  CONNECTIVITY_PROVIDER,
  type ConnectivityProvider,
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
import { DATABASE, lead } from '@blockhost/kernel/store';
import type { Knex } from 'knex';
import type { Host } from '../pipeline/host.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { readSettings } from '../settings.js';
import { Scheduler } from '../tasks/scheduler.js';
import { TASKS } from '../tasks/tasks.js';
import { checkChain, FATAL } from './check-chain.js';
import { Poll } from './poll.js';
import { QueueAlarm } from './queue-alarm.js';
import { queueFacts } from './queue-facts.js';
import { RangeWatch } from './range-watch.js';
import { RANGE_WATCHERS } from './range-watchers.js';
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
  #polls: readonly Poll[] = [];

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
    @inject(CONNECTIVITY_PROVIDER, { isOptional: true }) connectivity?: ConnectivityProvider,
  ) {
    this.#host = {
      database,
      vms,
      chain,
      provisioner,
      rootAgent: rootAgent ?? null,
      ...(connectivity && { connectivity }),
      config,
      clock,
      paths,
      log,
    };
  }

  /** Throws `config.missing`, `config.invalid`, `hosting.not-set-up`, `store.not-leader`; what only the chain can tell fails later. */
  async start({ signal, log, status, fail }: DaemonContext): Promise<void> {
    const host = { ...this.#host, log };
    const { pollIntervalMs, ...settings } = await readSettings(host.config);
    const stop = AbortSignal.any([signal, this.#stopping.signal]);
    const leading = await lead(host.database);
    leading.addEventListener('abort', () => {
      if (stop.aborted) return;
      this.#stopping.abort(leading.reason);
      fail(leading.reason);
    });
    const scanner = new Scanner(host);
    await scanner.announce();
    const tasks = TASKS.map((task) => task(host));
    const scheduler = new Scheduler(host, tasks);
    const pipeline = new Pipeline(host, { ...settings, pollIntervalMs }, (signal) => scheduler.run(signal));
    const watch = new RangeWatch(
      host,
      scanner,
      RANGE_WATCHERS.map((watcher) => watcher(host)),
    );
    const { displayName, endpoints, contracts, confirmations } = host.chain.chain;
    log.info('watching', {
      chain: displayName,
      endpoints,
      contract: contracts?.subscriptions,
      confirmations,
      everyMs: pollIntervalMs,
      tasks: Object.fromEntries(await Promise.all(tasks.map(intervalOf))),
      watchers: await watch.start(stop),
    });

    const chainPoll = new Poll('a look at the chain', pollIntervalMs, host);
    const watchPoll = new Poll('a look at blocks beside the purchases', pollIntervalMs, host);
    this.#polls = [chainPoll, watchPoll];
    const alarm = new QueueAlarm(host);
    let isChecked = false;
    const check = async () => {
      await checkChain(host, stop);
      isChecked = true;
    };
    const look = async () => {
      if (!isChecked) await check().catch((error) => failWhenFatal(error, fail));
      this.#last = await scanner.tick(stop);
      status(`block ${this.#last.cursor} of ${this.#last.head}`);
    };
    const after = async () => {
      if (chainPoll.failure) status(`waiting: ${chainPoll.failure.reason}`);
      await alarm.look().catch((error: unknown) => {
        log.warn('the queue cannot be looked at', { reason: sentenceOf(error) });
      });
      // Also after a tick that found nothing: an operator may have put an entry back.
      pipeline.wake();
    };
    this.#work = Promise.all([
      pipeline.run(stop),
      chainPoll.run(look, stop, after),
      watchPoll.run(() => watch.tick(stop), stop),
      aborted(stop).then(() => watch.stop()),
    ]).catch(fail);
  }

  async health(): Promise<DaemonHealth> {
    const { clock, database } = this.#host;
    const [failure] = this.#polls
      .flatMap((poll) => poll.failure ?? [])
      .sort((one, other) => one.since - other.since);
    const facts = {
      confirmations: this.#host.chain.chain.confirmations,
      ...(this.#last && {
        head: this.#last.head,
        cursor: this.#last.cursor,
        lag: this.#last.head - this.#last.cursor,
      }),
      ...(await queueFacts(database)),
    };
    return failure && clock.now() - failure.since >= UNHEALTHY_AFTER_MS
      ? { healthy: false, reason: failure.reason, facts }
      : { healthy: true, facts };
  }

  async stop(): Promise<void> {
    this.#stopping.abort(new Error('the monitor stops'));
    await this.#work;
  }
}

function failWhenFatal(error: unknown, fail: (error: unknown) => void): never {
  if (FATAL.some((code) => hasCode(error, code))) fail(error);
  throw error;
}

async function intervalOf(task: { readonly name: string; intervalMs(): Promise<number> }) {
  return [task.name, await task.intervalMs().catch(() => 'unknown')] as const;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
