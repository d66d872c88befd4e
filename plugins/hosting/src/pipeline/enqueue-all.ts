import type { Knex } from 'knex';
import { draft, type Enqueued, enqueue, newRow, type OrderEvent } from './enqueue.js';

export interface Taken {
  readonly event: OrderEvent;
  readonly outcome: Enqueued;
}

/** Rows per statement: a row has 14 values, and SQLite binds 32,766. */
const BATCH = 500;

/**
 * Takes events in their order, as {@link enqueue} takes each of them. Purchases that nobody has seen before, the many of a
 * host that catches up, are written together.
 */
export async function enqueueAll(
  tx: Knex,
  events: readonly OrderEvent[],
  now: number,
): Promise<readonly Taken[]> {
  const seen = await Seen.among(tx, events);
  const taken: Taken[] = [];
  let fresh: OrderEvent[] = [];
  const write = async () => {
    await insertAll(tx, fresh, now);
    fresh = [];
  };
  for (const event of events) {
    if (event.type === 'subscription-created' && seen.isNew(event)) {
      fresh.push(event);
      taken.push({ event, outcome: 'queued' });
      continue;
    }
    await write();
    taken.push({ event, outcome: await enqueue(tx, event, now) });
  }
  await write();
  return taken;
}

async function insertAll(tx: Knex, events: readonly OrderEvent[], now: number): Promise<void> {
  for (const batch of batches(events)) {
    await insertRows(
      tx,
      'handled_events',
      batch.map((event) => ({
        transaction_hash: event.transactionHash,
        log_index: event.logIndex,
        entry_id: draft(event).id,
        height: event.height,
      })),
    );
    await insertRows(
      tx,
      'pipeline_entries',
      batch.map((event) => newRow(draft(event), now)),
    );
  }
}

/** One statement; Knex would join one SELECT per row, of which SQLite takes 500. All rows have the same columns. */
async function insertRows(
  tx: Knex,
  table: string,
  rows: readonly Readonly<Record<string, string | number | null>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const row = `(${columns.map(() => '?').join(', ')})`;
  await tx.raw(
    `insert into ${table} (${columns.join(', ')}) values ${rows.map(() => row).join(', ')}`,
    rows.flatMap((each) => columns.map((column) => each[column] ?? null)),
  );
}

/** What was met before, in this database or earlier in the same span. */
class Seen {
  private constructor(
    private readonly ids: Set<string>,
    private readonly places: Set<string>,
  ) {}

  static async among(tx: Knex, events: readonly OrderEvent[]): Promise<Seen> {
    const ids = new Set<string>();
    const places = new Set<string>();
    for (const batch of batches(events)) {
      const wanted = batch.map((event) => draft(event).id);
      for (const id of await tx('pipeline_entries').whereIn('id', wanted).pluck('id')) ids.add(id);
      for (const row of await tx('handled_events')
        .whereIn('entry_id', wanted)
        .orWhereIn(
          'transaction_hash',
          batch.map(({ transactionHash }) => transactionHash),
        )
        .select('entry_id', 'transaction_hash', 'log_index')) {
        ids.add(row.entry_id);
        places.add(`${row.transaction_hash}/${row.log_index}`);
      }
    }
    return new Seen(ids, places);
  }

  /** Asked once for each event. */
  isNew(event: OrderEvent): boolean {
    const { id } = draft(event);
    const place = `${event.transactionHash}/${event.logIndex}`;
    const isNew = !this.ids.has(id) && !this.places.has(place);
    this.ids.add(id);
    this.places.add(place);
    return isNew;
  }
}

function* batches(events: readonly OrderEvent[]): Generator<readonly OrderEvent[]> {
  for (let start = 0; start < events.length; start += BATCH) yield events.slice(start, start + BATCH);
}
