import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import {
  BlockhostError,
  CONFIG,
  type Daemon,
  type DaemonContext,
  type DaemonHealth,
  type HostConfig,
  inject,
  PATHS,
  type Paths,
  ROOT_ACTIONS,
  type RootActionModule,
  sentenceOf,
} from '@blockhost/kernel';
import { actionTable } from './action-table.js';
import { Audit } from './audit.js';
import { Callers } from './callers.js';
import { Dispatcher } from './dispatcher.js';
import { KnockKeeper } from './firewall/knock-keeper.js';
import { foreignModules } from './foreign/foreign-modules.js';
import { clearStaging } from './image/staging.js';
import { LIMITS } from './limits.js';
import { listen } from './listener.js';
import { createRootExec } from './root-exec.js';
import { AdminPath } from './web/admin-path.js';
import { WorkQueue } from './work-queue.js';

/** The daemon `root-agent` (specification host.md 2): the only long-running process with full privilege. */
export default class RootAgent implements Daemon {
  readonly stopWithinMs = LIMITS.drainMs + 2 * LIMITS.killAfterMs + 1_000;
  readonly #queue = new WorkQueue({ places: LIMITS.running, queued: LIMITS.queued });
  #problems: readonly string[] = [];
  #actions = 0;
  #answered = 0;
  #server: Server | undefined;
  #callers: Callers | undefined;
  #dispatcher: Dispatcher | undefined;
  #keeper: KnockKeeper | undefined;

  constructor(
    @inject(PATHS) private readonly paths: Paths,
    @inject(CONFIG) private readonly config: HostConfig,
    @inject(ROOT_ACTIONS) private readonly modules: readonly RootActionModule[],
  ) {}

  async start({ log, status }: DaemonContext): Promise<void> {
    const { paths, config } = this;
    if (process.geteuid?.() !== 0 && paths.root === '/')
      throw new BlockhostError('root-agent.not-root', 'The root agent must run as root.', {
        remedy: 'Let systemd start it: systemctl start blockhost-root-agent',
      });
    process.umask(0o077);
    const exec = createRootExec(paths);
    const foreign = await foreignModules({ paths, config, exec, log });
    const table = await actionTable({ own: 'root-agent', plugins: this.modules, foreign });
    for (const problem of table.problems) log.error('root actions left out', { problem });
    this.#problems = table.problems;
    this.#actions = table.actions.size;

    await clearStaging(paths);
    await new AdminPath({ paths, config, exec, log }).finish().catch((error) => {
      log.error('the path of the admin panel is half changed', { error });
      this.#problems = [
        ...this.#problems,
        `The path of the admin panel is half changed: ${sentenceOf(error)}`,
      ];
    });
    const keeper = new KnockKeeper({ paths, exec, log, queue: this.#queue });
    this.#keeper = keeper;
    await keeper.start();
    const audit = new Audit(paths, log);
    const onEnd = (resource: string) => keeper.look(resource);
    const dispatcher = new Dispatcher({ table, queue: this.#queue, audit, paths, config, log, onEnd });
    this.#dispatcher = dispatcher;
    const callers = new Callers((request, peer) => {
      this.#answered += 1;
      return dispatcher.answer(request, peer);
    });
    this.#callers = callers;
    this.#server = createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) =>
      callers.admit(socket),
    );
    this.#server.on('error', (error) => log.error('the socket failed', { error }));
    await listen(this.#server, join(paths.run, 'root-agent.sock'), process.env);
    const degraded = table.problems.length > 0 ? `, degraded: ${table.problems.join(' ')}` : '';
    status(`${table.actions.size} actions${degraded}`);
  }

  async health(): Promise<DaemonHealth> {
    const reasons = [
      ...this.#problems,
      ...[...(this.#dispatcher?.overdue ?? [])].map(({ name }) => `${name} does not end.`),
      ...(this.#keeper?.problem ? [this.#keeper.problem] : []),
    ];
    return {
      healthy: reasons.length === 0,
      ...(reasons.length > 0 ? { reason: `degraded: ${reasons.join(' ')}` } : {}),
      facts: {
        actions: this.#actions,
        callers: this.#callers?.count ?? 0,
        running: this.#queue.running,
        queued: this.#queue.queued,
        answered: this.#answered,
      },
    };
  }

  /** Takes no more calls, lets those under way end or ends them, closes what is open in the firewall. */
  async stop(): Promise<void> {
    const closed = new Promise<void>((resolve) => {
      if (this.#server?.listening) this.#server.close(() => resolve());
      else resolve();
    });
    this.#callers?.close();
    const rest = Promise.all([this.#queue.idle(), closed]);
    await within(rest, LIMITS.drainMs);
    this.#dispatcher?.endAll();
    await within(rest, LIMITS.killAfterMs + 1_000);
    await this.#keeper?.stop();
  }
}

/** Waits for `done`, but no longer than that. */
async function within(done: Promise<unknown>, ms: number): Promise<void> {
  const timer = Promise.withResolvers<void>();
  const handle = setTimeout(timer.resolve, ms);
  await Promise.race([done, timer.promise]);
  clearTimeout(handle);
}
