import { failpoint } from '@blockhost/kernel';
import { shortReason } from '../monitor/short-reason.js';
import { endsWith } from '../pipeline/ends-with.js';
import type { Host } from '../pipeline/host.js';
import { queueLength } from '../pipeline/queue.js';
import type { Task } from './task.js';

/** A task that the pipeline has kept from running for that many of its intervals runs between two entries. */
const STARVED_AFTER_INTERVALS = 2;
/** One that has not ended after that time is told to stop, so that nothing stands in the way of what customers paid. */
const LIMIT_MS = 3_600_000;
/** A task whose own record does not move on, or cannot be read, is asked again no sooner. */
const PAUSE_MS = 1_000;

/** Places where a crash test may kill the monitor around a run of that task. */
export const taskFailpoints = (name: string): readonly string[] => [
  `task.${name}:before`,
  `task.${name}:after`,
];

/**
 * Runs the tasks of the host, one at a time (engine.md 3.5). The pipeline calls it whenever it works on no entry and
 * starts none until it has answered; a task therefore never runs beside an entry.
 *
 * While entries wait a task keeps its due time; only one that starves runs in between. A failed task is logged and ends
 * nothing.
 */
export class Scheduler {
  readonly #pausedSince = new Map<Task, number>();
  /** Told to stop, but still at work. */
  readonly #stuck = new Set<Task>();
  /** People see when it is due. */
  readonly #announced = new Set<Task>();

  constructor(
    private readonly host: Pick<Host, 'database' | 'clock' | 'log'>,
    private readonly tasks: readonly Task[],
  ) {}

  /** Runs what may run now, each task at most once; answers when to be called again, in ms since the epoch. */
  async run(signal: AbortSignal): Promise<number> {
    let next = Number.POSITIVE_INFINITY;
    for (const task of this.tasks) {
      if (signal.aborted) break;
      let startsAt = await this.startsAt(task);
      if (startsAt <= this.host.clock.now()) {
        await this.perform(task, signal);
        startsAt = await this.startsAt(task);
      }
      next = Math.min(next, startsAt);
    }
    return next;
  }

  private async startsAt(task: Task): Promise<number> {
    const { clock, database, log } = this.host;
    if (this.#stuck.has(task)) return Number.POSITIVE_INFINITY;
    const now = clock.now();
    const pausedSince = this.#pausedSince.get(task) ?? Number.NEGATIVE_INFINITY;
    // A clock that was set back ends the pause.
    const notBefore = pausedSince <= now ? pausedSince + PAUSE_MS : now;
    try {
      const dueAt = await task.dueAt();
      if (!this.#announced.has(task)) await this.record(task, { due_at: Math.max(dueAt, now) });
      this.#announced.add(task);
      const isBusy = (await queueLength(database)) > 0;
      const graceMs = isBusy ? STARVED_AFTER_INTERVALS * (await task.intervalMs()) : 0;
      return Math.max(dueAt + graceMs, notBefore);
    } catch (error) {
      if (notBefore > now) return notBefore;
      log.error('nobody knows when a task is due', { task: task.name, reason: shortReason(error) });
      this.#pausedSince.set(task, now);
      return now + PAUSE_MS;
    }
  }

  private async perform(task: Task, signal: AbortSignal): Promise<void> {
    const { clock } = this.host;
    const log = this.host.log.with({ task: task.name });
    await this.record(task, { started_at: clock.now() });
    log.debug('task begins');
    let failure: string | null = null;
    try {
      failpoint(`task.${task.name}:before`);
      await this.#ended(task, AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
      failpoint(`task.${task.name}:after`);
      log.debug('task ended');
    } catch (error) {
      failure = shortReason(error);
      if (!signal.aborted) log.error('task failed', { reason: failure });
    }
    this.#pausedSince.set(task, clock.now());
    if (signal.aborted) return;
    await this.record(task, {
      ended_at: clock.now(),
      failure,
      ...(failure === null && { succeeded_at: clock.now() }),
      due_at: await task.dueAt().catch(() => null),
    });
  }

  async #ended(task: Task, signal: AbortSignal): Promise<void> {
    this.#stuck.add(task);
    const work = task.run(signal).finally(() => this.#stuck.delete(task));
    work.catch(() => {});
    await endsWith(signal, work);
  }

  /** For people only: a record that cannot be written stops no task. */
  private async record(task: Task, facts: Readonly<Record<string, number | string | null>>): Promise<void> {
    await this.host
      .database('task_runs')
      .insert({ name: task.name, ...facts })
      .onConflict('name')
      .merge()
      .catch((error: unknown) =>
        this.host.log.warn('the run of a task is not recorded', {
          task: task.name,
          reason: shortReason(error),
        }),
      );
  }
}
