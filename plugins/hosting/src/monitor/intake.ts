import { type ChainEvent, hasCode, type Scan } from '@blockhost/kernel';
import type { Knex } from 'knex';
import { enqueue, type OrderEvent } from '../pipeline/enqueue.js';
import { enqueueAll, type Taken } from '../pipeline/enqueue-all.js';
import type { Host } from '../pipeline/host.js';
import { keepDeadLetter } from './dead-letters.js';
import { shortReason } from './short-reason.js';

/** So often a span is tried whole before the events that cannot be taken are put aside. */
const TRIES = 5;

/**
 * Takes what a scan found into the pipeline, with whatever else the caller stores, in one transaction.
 *
 * An event that cannot be taken must not keep those after it waiting for ever (engine.md 3.2, W2): at the fifth try in a
 * row it becomes a dead letter. A database that cannot be written at all is no reason.
 */
export class Intake {
  #failures = { height: -1, count: 0 };

  constructor(private readonly host: Pick<Host, 'database' | 'clock' | 'log'>) {}

  async take(scan: Scan, also: (tx: Knex, now: number) => Promise<void>): Promise<readonly Taken[]> {
    const { database, clock, log } = this.host;
    const now = clock.now();
    const orders = scan.events.filter(isOrder);
    const isLastTry = this.#failures.height === scan.tip.height && this.#failures.count >= TRIES - 1;
    try {
      const taken = await database.transaction(async (tx) => {
        const outcomes = isLastTry
          ? await this.#oneByOne(tx, orders, now)
          : await enqueueAll(tx, orders, now);
        for (const letter of scan.undecodable) await keepDeadLetter(tx, letter, now);
        await also(tx, now);
        return outcomes;
      });
      this.#failures = { height: -1, count: 0 };
      for (const letter of scan.undecodable)
        log.error('a log of a known event cannot be decoded and was put aside', {
          transaction: letter.transactionHash,
          reason: letter.reason,
        });
      return taken;
    } catch (error) {
      if (!hasCode(error, 'store.unwritable')) this.#count(scan.tip.height);
      throw error;
    }
  }

  /** Each event on its own savepoint: what fails is put aside, the rest is taken. */
  async #oneByOne(tx: Knex, orders: readonly OrderEvent[], now: number): Promise<readonly Taken[]> {
    const taken: Taken[] = [];
    for (const event of orders)
      try {
        taken.push({ event, outcome: await tx.transaction((inner) => enqueue(inner, event, now)) });
      } catch (error) {
        if (hasCode(error, 'store.unwritable')) throw error;
        const reason = `It could not be taken: ${shortReason(error)}`;
        await keepDeadLetter(tx, { ...event, reason, raw: asText(event) }, now);
        this.host.log.error('an event could not be taken and was put aside', {
          type: event.type,
          transaction: event.transactionHash,
          reason,
        });
      }
    return taken;
  }

  #count(height: number): void {
    this.#failures = { height, count: this.#failures.height === height ? this.#failures.count + 1 : 1 };
  }
}

export function isOrder(event: ChainEvent): event is OrderEvent {
  return (
    event.type === 'subscription-created' ||
    event.type === 'subscription-extended' ||
    event.type === 'subscription-cancelled'
  );
}

function asText(event: OrderEvent): string {
  return JSON.stringify(event, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}
