import type { Host } from '../pipeline/host.js';
import { waitingLine } from '../pipeline/waiting-line.js';

/** From that many on customers wait longer than they expect (engine.md W55). */
const MANY = 5;
const REMIND_AFTER_MS = 3_600_000;

/** Warns when the queue grows long, and again every hour that it stays so. */
export class QueueAlarm {
  #warnedAt: number | null = null;

  constructor(private readonly host: Pick<Host, 'database' | 'clock' | 'log'>) {}

  async look(): Promise<void> {
    const { database, clock, log } = this.host;
    const line = await waitingLine(database);
    if (line.length < MANY) {
      this.#warnedAt = null;
      return;
    }
    const now = clock.now();
    if (this.#warnedAt !== null && now - this.#warnedAt < REMIND_AFTER_MS && now >= this.#warnedAt) return;
    this.#warnedAt = now;
    log.warn('many entries wait for the pipeline', {
      waiting: line.length,
      lastOneWaitsMs: line.at(-1)?.estimateMs ?? 'unknown',
    });
  }
}
