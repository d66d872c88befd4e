import { BlockhostError } from '../errors/blockhost-error.js';
import type { Exec } from '../ports/exec.js';
import type { Logger } from '../ports/logger.js';

const TIMEOUT_MS = 5_000;

/** Tells systemd how the process is doing (`sd_notify(3)`); without systemd every call does nothing. */
export interface Notifier {
  /** Milliseconds between two signs of life, half of what the unit's `WatchdogSec` allows; null without one. */
  readonly watchdogMs: number | null;
  ready(): Promise<void>;
  stopping(): Promise<void>;
  watchdog(): Promise<void>;
  /** One line for `systemctl status`. While one is on its way only the latest of the next ones is kept. */
  status(line: string): void;
}

/**
 * Node cannot send unix datagrams, so the messages go through `systemd-notify`, a part of systemd itself. They come from a
 * child then: units need `NotifyAccess=all`.
 */
export function createNotifier(
  env: Readonly<Record<string, string | undefined>>,
  exec: Exec,
  log: Logger,
): Notifier {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: watchdog } = env;
  let last: Promise<void> = Promise.resolve();
  let nextStatus: string | undefined;
  let complained = false;

  const send = (message: string): Promise<void> => {
    if (!socket) return Promise.resolve();
    last = last.then(() => deliver(message, socket));
    return last;
  };

  async function deliver(message: string, socket: string): Promise<void> {
    try {
      const { code, stderr } = await exec.run(['systemd-notify', message], {
        env: { NOTIFY_SOCKET: socket },
        timeoutMs: TIMEOUT_MS,
      });
      if (code === 0) return;
      throw new BlockhostError('daemon.notify-failed', `systemd-notify ended with ${code}: ${stderr.trim()}`);
    } catch (error) {
      // Said once: the unit's own time limit tells the rest.
      if (!complained) log.warn('systemd cannot be notified', { error });
      complained = true;
    }
  }

  return {
    watchdogMs: socket && watchdog ? Math.max(1, Math.floor(Number(watchdog) / 2_000)) : null,
    ready: () => send('READY=1'),
    stopping: () => send('STOPPING=1'),
    watchdog: () => send('WATCHDOG=1'),
    status(line) {
      if (!socket) return;
      const waiting = nextStatus !== undefined;
      nextStatus = line.replace(/\s+/g, ' ').trim();
      if (waiting) return;
      last = last.then(async () => {
        const text = nextStatus ?? '';
        nextStatus = undefined;
        await deliver(`STATUS=${text}`, socket);
      });
    },
  };
}
