import { spawn } from 'node:child_process';
import { type Clock, type Logger, type Paths, sentenceOf } from '@blockhost/kernel';
import { BackOff } from '../monitor/back-off.js';
import { acceptedInJournal, acceptedInLogLine } from './accepted-login.js';
import { Lines } from './lines.js';
import { tailLog } from './log-tail.js';
import { LoginSignal } from './login-signal.js';

export interface LoginWatcherHost {
  readonly clock: Clock;
  readonly log: Logger;
  readonly paths: Paths;
}

/** A follower of the journal that lived that long was no failure. */
const LONG_LIFE_MS = 60_000;

/**
 * Writes `$RUN/knock.active` when somebody logs in by SSH (engine.md 6.5). It follows the system journal, and the log file
 * `/var/log/auth.log` while that cannot be followed. It runs only while a knock holds it.
 */
export class LoginWatcher {
  #holders = 0;
  #watch: { readonly abort: AbortController; readonly ended: Promise<void> } | null = null;
  #writing: Promise<void> = Promise.resolve();

  constructor(
    private readonly host: LoginWatcherHost,
    private readonly journalctl = 'journalctl',
  ) {}

  /** Watches from this moment until every holder let go. */
  hold(): () => void {
    this.#holders += 1;
    if (this.#watch === null) {
      const abort = new AbortController();
      this.#watch = { abort, ended: this.#follow(abort.signal) };
    }
    let held = true;
    return () => {
      if (!held) return;
      held = false;
      this.#holders -= 1;
      if (this.#holders > 0) return;
      this.#watch?.abort.abort();
      this.#watch = null;
    };
  }

  /** Also when somebody still holds it. */
  async stop(): Promise<void> {
    const watch = this.#watch;
    watch?.abort.abort();
    await watch?.ended;
    await this.#writing;
  }

  async #follow(signal: AbortSignal): Promise<void> {
    const { clock, log, paths } = this.host;
    const backOff = new BackOff();
    while (!signal.aborted) {
      const since = clock.now();
      const end = await this.#followJournal(since, signal);
      if (signal.aborted) return;
      if (clock.now() - since > LONG_LIFE_MS) backOff.succeeded();
      const pause = backOff.failed();
      log.warn('the journal cannot be followed for logins; auth.log is', { reason: end, againInMs: pause });
      const over = new AbortController();
      const tail = tailLog(
        paths.resolve('/var/log/auth.log'),
        clock,
        AbortSignal.any([signal, over.signal]),
        (line) => {
          const address = acceptedInLogLine(line);
          if (address !== null) this.#tell(address, clock.now());
        },
      ).catch((error) => log.warn('auth.log cannot be followed', { reason: sentenceOf(error) }));
      await clock.sleep(pause, signal).catch(() => {});
      over.abort();
      await tail;
    }
  }

  /** Answers why it ended. `--since` closes the gap between this moment and the follower's first look. */
  #followJournal(since: number, signal: AbortSignal): Promise<string> {
    return new Promise((resolve) => {
      const fields = '--output-fields=MESSAGE,_UID,_COMM';
      const matches = ['_UID=0', '_COMM=sshd', '+', '_UID=0', '_COMM=sshd-session'];
      const from = `--since=@${Math.floor(since / 1_000)}`;
      const child = spawn(
        this.journalctl,
        ['--follow', '--no-tail', '--quiet', from, '--output=json', fields, ...matches],
        { stdio: ['ignore', 'pipe', 'ignore'], env: { PATH: '/usr/bin:/bin', LANG: 'C.UTF-8' } },
      );
      const lines = new Lines();
      child.stdout.on('data', (chunk: Buffer) => {
        for (const line of lines.push(chunk)) {
          const login = acceptedInJournal(line);
          if (login !== null) this.#tell(login.address, login.at);
        }
      });
      const end = () => child.kill('SIGKILL');
      signal.addEventListener('abort', end, { once: true });
      if (signal.aborted) end();
      const over = (reason: string) => {
        signal.removeEventListener('abort', end);
        resolve(reason);
      };
      child.once('error', (error) => over(sentenceOf(error)));
      child.once('close', (code, by) => over(`it ended with ${code ?? by}`));
    });
  }

  #tell(address: string, at: number): void {
    const { log, paths } = this.host;
    this.#writing = this.#writing.then(async () => {
      await new LoginSignal(paths)
        .write(address, at)
        .catch((error) => log.error('a login cannot be signalled', { reason: sentenceOf(error) }));
    });
  }
}
