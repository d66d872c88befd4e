import { rm } from 'node:fs/promises';
import type { Daemon, DaemonContext } from '../entries/daemon.js';
import { BlockhostError } from '../errors/blockhost-error.js';
import { stopOnCrash } from '../loader/attribute-crashes.js';
import type { Exec } from '../ports/exec.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import { within } from '../run/within.js';
import { healthFile } from './health-file.js';
import { createNotifier } from './notifier.js';
import { claimInstance } from './single-instance.js';
import { watchHealth } from './watch-health.js';

/** Specification engine.md 3.1. */
const STOP_WITHIN_MS = 20_000;
/** As often as the monitor looks at the chain (engine.md 3.2). */
const HEALTH_EVERY_MS = 5_000;

export interface DaemonRun {
  readonly id: string;
  /** Imports and builds the daemon; called once this process is the one that may run it. */
  readonly load: () => Promise<Daemon>;
  readonly paths: Paths;
  readonly exec: Exec;
  /** Names the daemon in every record. */
  readonly log: Logger;
  /** Aborted when the daemon shall stop. */
  readonly signal: AbortSignal;
  /** How long the daemon may take to stop, in ms; what it says itself, or 20,000, unless told. */
  readonly stopWithinMs?: number;
  /** Milliseconds between two looks at its health; 5,000 unless told. */
  readonly healthEveryMs?: number;
}

/**
 * Runs a daemon until the signal aborts or it fails: one instance per host, readiness, status and watchdog for systemd, a
 * health file, a graceful stop in bounded time.
 *
 * Resolves when it was told to stop and did. Throws `daemon.already-running`, `daemon.stop-timeout`, or what the daemon
 * failed with, after it was stopped; an error that nobody caught is such a failure.
 */
export async function runDaemon(run: DaemonRun): Promise<void> {
  const instance = await claimInstance(run.paths, run.id);
  const failure = Promise.withResolvers<never>();
  // Raced later; until then it is not an unhandled rejection.
  failure.promise.catch(() => {});
  const release = stopOnCrash(failure.reject);
  try {
    await serve(run, failure);
    run.log.info('daemon stopped');
  } finally {
    release();
    await instance.release();
  }
}

async function serve(
  { id, load, paths, exec, log, signal, ...run }: DaemonRun,
  failure: PromiseWithResolvers<never>,
): Promise<void> {
  const notifier = createNotifier(process.env, exec, log);
  const ending = new AbortController();
  const status = { line: 'starting' };
  const told = aborted(signal);
  const daemon = await load();
  const started = startOf(daemon, {
    signal: ending.signal,
    log,
    status(line) {
      status.line = line;
      notifier.status(line);
    },
    fail: failure.reject,
  });

  let health: { stop(): Promise<void> } | undefined;
  let failed: { readonly error: unknown } | undefined;
  try {
    await Promise.race([started, told, failure.promise]);
    if (!signal.aborted) {
      log.info('daemon ready');
      if (status.line === 'starting') status.line = 'running';
      const everyMs = run.healthEveryMs ?? HEALTH_EVERY_MS;
      health = watchHealth({ id, daemon, paths, log, notifier, everyMs, status });
      await notifier.ready();
      await Promise.race([told, failure.promise]);
    }
  } catch (error) {
    failed = { error };
  }

  ending.abort(new BlockhostError('daemon.stopping', `The daemon "${id}" is stopping.`));
  const [stop] = await Promise.allSettled([
    stopWithin(daemon, started, run.stopWithinMs ?? daemon.stopWithinMs ?? STOP_WITHIN_MS, id),
    health?.stop(),
    notifier.stopping(),
  ]);
  await rm(healthFile(paths, id), { force: true }).catch(() => {});
  if (failed && stop.status === 'rejected') log.error('daemon did not stop cleanly', { error: stop.reason });
  if (failed) throw failed.error;
  if (stop.status === 'rejected') throw stop.reason;
}

/** A start that throws before its first await fails like any other. */
async function startOf(daemon: Daemon, context: DaemonContext): Promise<void> {
  await daemon.start(context);
}

async function stopWithin(daemon: Daemon, started: Promise<void>, ms: number, id: string): Promise<void> {
  const stopped = (async () => {
    await daemon.stop();
    await started.catch(() => {});
  })();
  await within(stopped, ms, 'daemon.stop-timeout', `The daemon "${id}" did not stop within ${ms} ms.`);
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
