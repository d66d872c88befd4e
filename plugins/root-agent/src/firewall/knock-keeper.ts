import { type Exec, type Logger, type Paths, sentenceOf } from '@blockhost/kernel';
import { FULL, type WorkQueue } from '../work-queue.js';
import { isChainThere } from './knock-chain.js';
import { KnockJournal, now } from './knock-journal.js';
import { type Firewall, settle, shut } from './knock-rules.js';

/** The resource of everything that changes the firewall. */
export const FIREWALL = 'firewall';

const RETRY_S = 5;
const SHORTEST_MS = 50;

/** Closes ports when their time is over, whatever became of those who asked for them. */
export class KnockKeeper {
  readonly #firewall: Firewall;
  readonly #log: Logger;
  readonly #queue: WorkQueue;
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;
  /** Why the firewall may differ from what was asked for; null while it does not. */
  problem: string | null = null;

  constructor({ paths, exec, log, queue }: KeeperOptions) {
    this.#firewall = { journal: new KnockJournal(paths), exec };
    this.#log = log;
    this.#queue = queue;
  }

  /** Takes over what an earlier agent left open. A host where nothing was ever opened needs no firewall. */
  async start(): Promise<void> {
    const { journal, exec } = this.#firewall;
    if ((await journal.read()).length > 0 || (await isChainThere(exec))) await this.#settle();
  }

  /** An action on `resource` has ended. */
  look(resource: string): void {
    if (resource === FIREWALL) void this.#plan();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    if ((await this.#firewall.journal.read()).length === 0) return;
    await shut(this.#firewall).catch((error) => this.#log.error('ports stay open', { error }));
  }

  async #plan(): Promise<void> {
    try {
      const rules = await this.#firewall.journal.read();
      if (rules.length > 0) this.#wakeIn(Math.min(...rules.map(({ expires }) => expires)) - now());
    } catch (error) {
      this.#failed(error);
    }
  }

  #wakeIn(seconds: number): void {
    clearTimeout(this.#timer);
    if (this.#stopped) return;
    const ms = Math.max(SHORTEST_MS, Math.ceil(seconds * 1_000));
    this.#timer = setTimeout(() => {
      const done = this.#queue.run(FIREWALL, () => this.#settle());
      if (done === FULL) this.#wakeIn(RETRY_S);
    }, ms);
  }

  async #settle(): Promise<void> {
    try {
      const closed = await settle(this.#firewall);
      for (const { port, proto, comment, source } of closed)
        this.#log.info('port closed: its time is over', { port, proto, comment, source: source ?? 'any' });
      this.problem = null;
      await this.#plan();
    } catch (error) {
      this.#failed(error);
    }
  }

  #failed(error: unknown): void {
    this.problem = `Ports may be open beyond their time: ${sentenceOf(error)}`;
    this.#log.error('the firewall does not follow', { error });
    this.#wakeIn(RETRY_S);
  }
}

interface KeeperOptions {
  readonly paths: Paths;
  readonly exec: Exec;
  readonly log: Logger;
  readonly queue: WorkQueue;
}
