import { join } from 'node:path';
import {
  acquireLock,
  BlockhostError,
  type Clock,
  hasCode,
  type Logger,
  type Paths,
  type PrivilegedActions,
  type ProcessLock,
  sentenceOf,
} from '@blockhost/kernel';
import type { Knock } from './knock.js';
import { KnockJournal } from './knock-journal.js';
import { KnockLife, type KnockTools } from './knock-life.js';
import type { KnockRequest } from './knock-request.js';
import { LoginSignal } from './login-signal.js';
import type { LoginWatcher } from './login-watcher.js';

export interface KnocksHost {
  readonly rootAgent: PrivilegedActions | null;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly log: Logger;
}

/** Of the 10 s that a watcher has to stop: for a call that runs and for closing what it opened. */
const STOP_MS = 8_500;
/** An operator's command may be closing at this moment. */
const OWNER_WAIT_MS = 30_000;

/** Held by the process that opens and closes for the knocks in the journal: the monitor, or a command without one. */
export function ownKnocks(paths: Pick<Paths, 'run'>, timeoutMs: number): Promise<ProcessLock> {
  const purpose = 'keeping the ports of knocks';
  return acquireLock(join(paths.run, 'knocks.lock'), { timeoutMs, purpose });
}

/** All knocks of this host, each with a life of its own. */
export class Knocks {
  readonly #stop = new AbortController();
  readonly #halt = new AbortController();
  readonly #lives = new Set<Promise<void>>();
  readonly #journal: KnockJournal;
  #owner: ProcessLock | null = null;

  constructor(
    private readonly host: KnocksHost,
    private readonly logins: LoginWatcher,
  ) {
    this.#journal = new KnockJournal(host.paths);
  }

  /** Takes over what an earlier process left: goes on with what was open, closes what was half opened. */
  async start(): Promise<void> {
    const { log, paths, rootAgent } = this.host;
    this.#owner ??= await ownKnocks(paths, OWNER_WAIT_MS);
    const left = await this.#left();
    if (left.length === 0) return;
    if (rootAgent === null)
      return log.error('knocks are in the journal, but no root agent is installed to close them', {
        knocks: left.length,
      });
    for (const knock of left) {
      const phase = knock.phase === 'opening' ? 'closing' : knock.phase;
      log.warn('a knock was left by an earlier process', { knock: knock.id, phase });
      this.#live(new KnockLife({ ...knock, phase }, this.#tools(rootAgent)));
    }
  }

  /** Opens the ports; the promise is kept when they are open, and broken with nothing reported open. */
  async open(id: string, { ports, durationMs, source }: KnockRequest): Promise<Knock> {
    const { clock, rootAgent } = this.host;
    if (rootAgent === null)
      throw new BlockhostError('admin.no-root-agent', 'There is no root agent to open ports.', {
        remedy: 'Install and start the root agent of this host.',
      });
    const openedAt = clock.now();
    const knock: Knock = {
      id,
      phase: 'opening',
      ports,
      source,
      openedAt,
      expiresAt: openedAt + durationMs,
      address: null,
      seenAt: null,
      rules: [],
    };
    const life = new KnockLife(knock, this.#tools(rootAgent));
    const opening = life.open(this.#stop.signal);
    this.#live(life, opening);
    await opening;
    return knock;
  }

  /** Closes everything, or leaves it in the journal for the next start. What still runs then keeps others off. */
  async stop(): Promise<void> {
    this.#stop.abort(new BlockhostError('admin.stopping', 'The host stops.'));
    const closed = new AbortController();
    const late = this.host.clock.sleep(STOP_MS, closed.signal).then(
      () => this.#halt.abort(),
      () => {},
    );
    const lives = Promise.all(this.#lives).then(() => this.#owner?.release());
    await Promise.race([lives, late]);
    closed.abort();
  }

  /** Logins are watched from before the first port is open until the last is closed. */
  #live(life: KnockLife, opening: Promise<void> = Promise.resolve()): void {
    const release = this.logins.hold();
    const living: Promise<void> = opening
      .catch(() => {})
      .then(() => life.run(this.#stop.signal, this.#halt.signal))
      .finally(() => {
        this.#lives.delete(living);
        release();
      });
    this.#lives.add(living);
  }

  #tools(agent: PrivilegedActions): KnockTools {
    const { clock, log, paths } = this.host;
    return { agent, clock, log, paths, journal: this.#journal, signal: new LoginSignal(paths) };
  }

  async #left(): Promise<readonly Knock[]> {
    try {
      return (await this.#journal.read()).knocks;
    } catch (error) {
      if (!hasCode(error, 'admin.journal-damaged')) throw error;
      const aside = await this.#journal.putAside();
      this.host.log.error('the journal of knocks is damaged and was put aside', {
        aside,
        reason: sentenceOf(error),
      });
      return [];
    }
  }
}
