import { setTimeout as wait } from 'node:timers/promises';
import type { Daemon, DaemonHealth } from '../entries/daemon.js';
import { sentenceOf } from '../errors/blockhost-error.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import { within } from '../run/within.js';
import { writeHealth } from './health-file.js';
import type { Notifier } from './notifier.js';

const ANSWER_WITHIN_MS = 5_000;

export interface HealthWatch {
  readonly id: string;
  readonly daemon: Daemon;
  readonly paths: Paths;
  readonly log: Logger;
  readonly notifier: Notifier;
  readonly everyMs: number;
  readonly status: { readonly line: string };
}

/**
 * Asks the daemon at intervals how it is and writes the answer to its health file. An answer of any kind is a sign of life
 * for systemd's watchdog: an unhealthy daemon waits for something, only a silent one is restarted.
 */
export function watchHealth(watch: HealthWatch): { stop(): Promise<void> } {
  const { id, daemon, paths, log, notifier, status } = watch;
  const interval_ms = Math.min(watch.everyMs, notifier.watchdogMs ?? watch.everyMs);
  const started_at = new Date().toISOString();
  const stopping = new AbortController();
  let before: boolean | undefined;

  async function look(): Promise<void> {
    const { answered, ...health } = await ask(daemon, id);
    if (answered) await notifier.watchdog();
    if (health.healthy !== before)
      log[health.healthy ? 'info' : 'warn'](health.healthy ? 'daemon healthy' : 'daemon unhealthy', {
        ...(health.reason === undefined ? {} : { reason: health.reason }),
      });
    before = health.healthy;
    const checked_at = new Date().toISOString();
    const record = { ...health, status: status.line, pid: process.pid, started_at, checked_at, interval_ms };
    await writeHealth(paths, id, record).catch((error) => log.warn('health file not written', { error }));
  }

  const loop = (async () => {
    while (!stopping.signal.aborted) {
      await look();
      await wait(interval_ms, undefined, { signal: stopping.signal }).catch(() => {});
    }
  })();

  return {
    async stop() {
      stopping.abort();
      await loop;
    },
  };
}

async function ask(daemon: Daemon, id: string): Promise<DaemonHealth & { answered: boolean }> {
  try {
    const health = await within(
      daemon.health(),
      ANSWER_WITHIN_MS,
      'daemon.silent',
      `The daemon "${id}" does not answer.`,
    );
    return { ...health, answered: true };
  } catch (error) {
    return { healthy: false, reason: sentenceOf(error), answered: false };
  }
}
