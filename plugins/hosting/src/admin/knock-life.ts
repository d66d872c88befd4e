import {
  type Clock,
  closePort,
  type Logger,
  openPort,
  type Paths,
  type PortRule,
  type PrivilegedActions,
  sentenceOf,
} from '@blockhost/kernel';
import { isConnected } from './established.js';
import { type Knock, rulesFor, union, without } from './knock.js';
import type { KnockJournal } from './knock-journal.js';
import type { LoginSignal } from './login-signal.js';
import { step } from './step.js';

export interface KnockTools {
  readonly agent: PrivilegedActions;
  readonly journal: KnockJournal;
  readonly signal: LoginSignal;
  readonly clock: Clock;
  readonly paths: Paths;
  readonly log: Logger;
}

/** Short, because a stop has 10 s for what runs and for closing after it. */
const CALL_TIMEOUT_MS = 4_000;
/** How soon a login, or an operator's order to close, is noticed. */
const LOOK_MS = 1_000;
const RETRY_MS = 5_000;
/** Engine.md 6.5. */
const POLL_MS = 30_000;
const STALE_MS = 900_000;
/** What the root agent closes by itself should this host die: after the knock's time in phase 1, else unless renewed. */
const MARGIN_S = 60;
const NARROWED_S = 1_800;
const RENEW_MS = 900_000;

/**
 * The life of one knock: opened for everybody or its source, narrowed to whoever logs in, closed when they are gone, when
 * nobody came in time, or when it is told to (engine.md 6.5). The journal names every rule before it is opened and until it
 * is proven closed, so that another process can take over at any moment.
 */
export class KnockLife {
  constructor(
    private knock: Knock,
    private readonly tools: KnockTools,
  ) {}

  /** Phase 1. When a port cannot be opened the knock is to be closed, by {@link run}, and this throws. */
  async open(stop: AbortSignal): Promise<void> {
    const { clock } = this.tools;
    const { expiresAt, openedAt, source } = this.knock;
    const duration = expiresAt - openedAt;
    const seconds = Math.min(Math.ceil(duration / 1_000) + MARGIN_S, 3_600);
    const broad = rulesFor(this.knock, source);
    await this.#record({ rules: broad });
    try {
      for (const rule of broad) {
        stop.throwIfAborted();
        await step('open-port', () => this.#openRule(rule, seconds));
      }
      const now = clock.now();
      await this.#record({ phase: 'open', openedAt: now, expiresAt: now + duration });
    } catch (error) {
      this.knock = { ...this.knock, phase: 'closing' };
      throw error;
    }
  }

  /** From the phase it is in until its rules are proven closed; after `stop` it closes, after `halt` it gives up trying. */
  async run(stop: AbortSignal, halt: AbortSignal): Promise<void> {
    try {
      if (this.knock.phase === 'open') await this.#untilLogin(stop);
      if (this.knock.phase === 'narrowed') await this.#whileThere(stop);
    } catch (error) {
      // Whatever it is, it must not keep a port open.
      this.tools.log.error('a knock fails and is closed', {
        knock: this.knock.id,
        reason: sentenceOf(error),
      });
    }
    await this.#close(halt);
  }

  async #untilLogin(stop: AbortSignal): Promise<void> {
    const { clock, log } = this.tools;
    let retryAt = 0;
    while (this.knock.phase === 'open' && !stop.aborted && !(await this.#isToClose())) {
      const now = clock.now();
      const { openedAt, expiresAt, id } = this.knock;
      // A clock that was set back must not keep a door open.
      if (now >= expiresAt || now < openedAt) return;
      const address = now >= retryAt ? await this.#newLogin() : null;
      if (address !== null)
        try {
          await this.#narrowTo(address, now);
          continue;
        } catch (error) {
          retryAt = now + RETRY_MS;
          log.warn('a knock cannot be narrowed yet', { knock: id, reason: sentenceOf(error) });
        }
      await clock.sleep(Math.min(LOOK_MS, expiresAt - now), stop).catch(() => {});
    }
  }

  /** Who logged in since this knock was opened; through a knock for one source, nobody else can have. */
  async #newLogin(): Promise<string | null> {
    const { journal, signal } = this.tools;
    const login = await signal.read();
    if (login === null || login.address === null || login.at <= this.knock.openedAt) return null;
    if (this.knock.source !== null && login.address !== this.knock.source) return null;
    return login.at === (await journal.read()).refreshedAt ? null : login.address;
  }

  /** Phase 2: first the narrow rules, then away with the broad ones, so that there is no gap. */
  async #narrowTo(address: string, now: number): Promise<void> {
    const { log } = this.tools;
    const narrow = rulesFor(this.knock, address);
    await this.#record({ rules: union(this.knock.rules, narrow) });
    // Also those that are there: opened again, they last longer.
    for (const rule of narrow) {
      if (this.knock.phase !== 'open') return;
      await step('open-narrowed', () => this.#openRule(rule, NARROWED_S));
    }
    await this.#record({ phase: 'narrowed', address, seenAt: now });
    log.info('a knock is narrowed to who logged in', { knock: this.knock.id, address });
    await this.#closeBroad();
  }

  /** What is broader than phase 2 allows; tried again until it is proven closed. */
  async #closeBroad(): Promise<void> {
    const { address, rules, id } = this.knock;
    const broad = without(rules, rulesFor(this.knock, address));
    if (broad.length === 0) return;
    const left = await step('close-broad', () => this.#closeRules(broad));
    if (left.length > 0)
      this.tools.log.warn('a knock is open wider than it should be; closing goes on', { knock: id });
    await this.#record({ rules: without(rules, without(broad, left)) });
  }

  async #whileThere(stop: AbortSignal): Promise<void> {
    const { clock } = this.tools;
    let pollAt = 0;
    let broadAt = 0;
    let renewAt = clock.now() + RENEW_MS;
    while (this.knock.phase === 'narrowed' && !stop.aborted && !(await this.#isToClose())) {
      const now = clock.now();
      if (now >= broadAt) {
        await this.#closeBroad();
        broadAt = now + RETRY_MS;
      }
      if (now >= pollAt || pollAt > now + POLL_MS) {
        if (!(await this.#isThere(now))) return;
        pollAt = now + POLL_MS;
      }
      if (now >= renewAt || renewAt > now + RENEW_MS) renewAt = now + (await this.#renew());
      await clock.sleep(LOOK_MS, stop).catch(() => {});
    }
  }

  /** Their file is there, and says that it is theirs and fresh, or they are connected: then it is made fresh. */
  async #isThere(now: number): Promise<boolean> {
    const { journal, paths, signal } = this.tools;
    const { address, ports, seenAt } = this.knock;
    const login = await signal.read();
    if (login === null || address === null) return false;
    const own = login.address === address ? login.at : 0;
    const connected = await isConnected(paths, address, ports);
    const last = connected ? now : Math.min(Math.max(seenAt ?? 0, own), now);
    this.knock = { ...this.knock, seenAt: last };
    if (connected && own > 0 && own < now) {
      await journal.noteRefresh(now);
      await signal.refresh(now).catch(() => {});
    }
    return now - last <= STALE_MS;
  }

  /** Milliseconds until the next time. */
  async #renew(): Promise<number> {
    const { log } = this.tools;
    try {
      for (const rule of rulesFor(this.knock, this.knock.address))
        await step('renew-port', () => this.#openRule(rule, NARROWED_S));
      return RENEW_MS;
    } catch (error) {
      log.warn('a knock cannot be renewed yet', { knock: this.knock.id, reason: sentenceOf(error) });
      return POLL_MS;
    }
  }

  async #close(halt: AbortSignal): Promise<void> {
    const { clock, log } = this.tools;
    const { id } = this.knock;
    let told = false;
    await this.#tryToNote({ phase: 'closing' });
    for (;;) {
      const left = await step('close-port', () => this.#closeRules(this.knock.rules));
      await this.#tryToNote({ rules: left });
      if (left.length === 0) return log.info('a knock is closed', { knock: id });
      if (halt.aborted) return log.error('a knock is left open; the next start closes it', { knock: id });
      if (!told) log.error('a knock cannot be closed yet; closing goes on', { knock: id });
      told = true;
      await clock.sleep(RETRY_MS, halt).catch(() => {});
    }
  }

  /** The journal helps whoever comes after; closing does not wait for it. A knock without rules leaves it. */
  async #tryToNote(changes: Partial<Knock>): Promise<void> {
    this.knock = { ...this.knock, ...changes };
    const { id, rules } = this.knock;
    try {
      await this.tools.journal.put(id, () => (rules.length > 0 ? this.knock : undefined));
    } catch (error) {
      this.tools.log.error('a knock cannot be journalled', { knock: id, reason: sentenceOf(error) });
    }
  }

  async #openRule(rule: PortRule, seconds: number): Promise<void> {
    await openPort(this.tools.agent, rule, { seconds, timeoutMs: CALL_TIMEOUT_MS });
  }

  /** Answers which are not proven closed. */
  async #closeRules(rules: readonly PortRule[]): Promise<PortRule[]> {
    const { agent } = this.tools;
    const closed = await Promise.allSettled(
      rules.map((rule) => closePort(agent, rule, { timeoutMs: CALL_TIMEOUT_MS })),
    );
    return rules.filter((_, index) => closed[index]?.status === 'rejected');
  }

  /** An operator marked the knock in the journal, or removed it. */
  async #isToClose(): Promise<boolean> {
    const present = await this.tools.journal.find(this.knock.id).catch(() => this.knock);
    return present === undefined || present.phase === 'closing';
  }

  /** Keeps an operator's mark: who was told to close does nothing else any more. */
  async #record(changes: Partial<Knock>): Promise<void> {
    const next = { ...this.knock, ...changes };
    const put = (present: Knock | undefined): Knock =>
      present?.phase === 'closing' ? { ...next, phase: 'closing' } : next;
    this.knock = (await this.tools.journal.put(this.knock.id, put)) ?? next;
  }
}
