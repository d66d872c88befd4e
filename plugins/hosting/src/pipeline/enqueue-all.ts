import type { Knex } from 'knex';
import { type Draft, draft, type Enqueued, enqueue, newRow, type OrderEvent } from './enqueue.js';

export interface Taken {
  readonly event: OrderEvent;
  readonly outcome: Enqueued;
}

/**
 * Takes events in their order, as {@link enqueue} takes each of them. Purchases that nobody has seen before, the many of a
 * host that catches up, are written together.
 */
export async function enqueueAll(
  tx: Knex,
  events: readonly OrderEvent[],
  now: number,
): Promise<readonly Taken[]> {
  const drafts = events.map(draft);
  const seen = await Seen.among(tx, drafts);
  const taken: Taken[] = [];
  let fresh: Draft[] = [];
  const write = async () => {
    await insertAll(tx, fresh, now);
    fresh = [];
  };
  for (const [index, event] of events.entries()) {
    const order = drafts[index];
    if (order && seen.isNew(order) && order.kind === 'create') {
      fresh.push(order);
      taken.push({ event, outcome: 'queued' });
      continue;
    }
    await write();
    taken.push({ event, outcome: await enqueue(tx, event, now) });
  }
  await write();
  return taken;
}

async function insertAll(tx: Knex, drafts: readonly Draft[], now: number): Promise<void> {
  await insertRows(
    tx,
    'handled_events',
    drafts.map(({ transactionHash, logIndex, id, height }) => ({
      transaction_hash: transactionHash,
      log_index: logIndex,
      entry_id: id,
      height,
    })),
  );
  await insertRows(
    tx,
    'pipeline_entries',
    drafts.map((order) => newRow(order, now)),
  );
}

/** In one short statement however many rows: Knex would join one SELECT per row, of which SQLite takes 500. */
async function insertRows(
  tx: Knex,
  table: string,
  rows: readonly Readonly<Record<string, string | number | null>>[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  if (columns.length === 0) return;
  const names = columns.join(', ');
  const values = columns.map((_, index) => `value ->> ${index}`);
  if (isPostgres(tx))
    await tx.raw(
      `insert into ${table} (${names}) select ${names} from json_populate_recordset(null::${table}, ?)`,
      [JSON.stringify(rows)],
    );
  else
    await tx.raw(
      `insert into ${table} (${names}) select ${values.join(', ')} from json_each(?) order by key`,
      [JSON.stringify(rows.map((row) => columns.map((column) => row[column] ?? null)))],
    );
}

/** The one place where the databases have different words for many rows in one statement. */
function isPostgres(tx: Knex): boolean {
  return tx.client.driverName === 'pg';
}

/** What was met before, in this database or earlier in the same span. */
class Seen {
  private constructor(
    private readonly ids: Set<string>,
    private readonly places: Set<string>,
  ) {}

  static async among(tx: Knex, drafts: readonly Draft[]): Promise<Seen> {
    const known = JSON.stringify(drafts.map(({ id }) => id));
    const hashes = JSON.stringify([...new Set(drafts.map(({ transactionHash }) => transactionHash))]);
    const each = isPostgres(tx) ? 'select json_array_elements_text(?)' : 'select value from json_each(?)';
    const rows: readonly { readonly id: string; readonly place: string | null }[] = await tx.raw(
      `select id, null as place from pipeline_entries where id in (${each})
       union all
       select entry_id, transaction_hash || '/' || log_index from handled_events
         where entry_id in (${each})
       union all
       select entry_id, transaction_hash || '/' || log_index from handled_events
         where transaction_hash in (${each})`,
      [known, known, hashes],
    );
    return new Seen(
      new Set(rows.map(({ id }) => id)),
      new Set(rows.flatMap(({ place }) => (place === null ? [] : [place]))),
    );
  }

  /** Asked once for each event. */
  isNew({ id, transactionHash, logIndex }: Draft): boolean {
    const place = `${transactionHash}/${logIndex}`;
    const isNew = !this.ids.has(id) && !this.places.has(place);
    this.ids.add(id);
    this.places.add(place);
    return isNew;
  }
}
