import { hasCode } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { BackOff } from './back-off.js';
import { shortReason } from './short-reason.js';

/** Looks at something again and again: at an interval while that succeeds, backing off while it fails. */
export class Poll {
  readonly #backOff = new BackOff();
  #failure: { readonly since: number; readonly reason: string } | null = null;

  constructor(
    /** For the log: `a look at the chain`. */
    private readonly what: string,
    private readonly intervalMs: number,
    private readonly host: Pick<Host, 'clock' | 'log'>,
  ) {}

  /** Since when every look has failed, in ms since the epoch, and why the last one did. */
  get failure(): { readonly since: number; readonly reason: string } | null {
    return this.#failure;
  }

  /** Until `stop` aborts. `after` follows every look, also one that failed. */
  async run(
    look: () => Promise<void>,
    stop: AbortSignal,
    after: () => Promise<void> = async () => {},
  ): Promise<void> {
    while (!stop.aborted) {
      const pause = await this.#once(look, stop);
      await after();
      await this.host.clock.sleep(pause, stop).catch(() => {});
    }
  }

  /** Answers how long to wait. */
  async #once(look: () => Promise<void>, stop: AbortSignal): Promise<number> {
    const { clock, log } = this.host;
    try {
      await look();
      if (this.#failure)
        log.info(`${this.what} succeeds again`, { failedForMs: clock.now() - this.#failure.since });
      this.#failure = null;
      this.#backOff.succeeded();
      return this.intervalMs;
    } catch (error) {
      if (stop.aborted) return 0;
      const reason = shortReason(error);
      this.#failure = { since: this.#failure?.since ?? clock.now(), reason };
      const pause = this.#backOff.failed();
      const isAway = hasCode(error, 'chain.unreachable');
      log.warn(isAway ? 'the chain cannot be read' : `${this.what} failed`, { reason, againInMs: pause });
      return pause;
    }
  }
}
