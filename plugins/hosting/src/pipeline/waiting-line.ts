import type { Knex } from 'knex';

/** An entry that waits for its turn. */
export interface Waiting {
  readonly id: string;
  /** 1: the next one. */
  readonly position: number;
  /** Milliseconds until it is through, as the last entries took; null when none is over yet. */
  readonly estimateMs: number | null;
}

/** Entries whose time counts for the estimate. */
const SAMPLE = 20;

/** Who waits, in order, and for how long (engine.md W55): entries are served one at a time. */
export async function waitingLine(database: Knex, most = 100): Promise<readonly Waiting[]> {
  const isBusy = (await database('pipeline_entries').where({ state: 'active' }).first('seq')) !== undefined;
  const ids: string[] = await database('pipeline_entries')
    .where({ state: 'queued' })
    .orderBy('seq')
    .limit(most)
    .pluck('id');
  if (ids.length === 0) return [];
  const each = await timePerEntry(database);
  return ids.map((id, index) => ({
    id,
    position: index + 1,
    estimateMs: each === null ? null : Math.round(each * (index + 1 + (isBusy ? 1 : 0))),
  }));
}

/** Mean time that the last entries were worked on: from when the one before was over, or from their own arrival. */
async function timePerEntry(database: Knex): Promise<number | null> {
  const done: { readonly completed_at: number; readonly received_at: number }[] = await database(
    'pipeline_entries',
  )
    .where({ state: 'done' })
    .orderBy('completed_at', 'desc')
    .limit(SAMPLE + 1)
    .select('completed_at', 'received_at');
  if (done.length === 0) return null;
  const times = done
    .slice(0, SAMPLE)
    .map(({ completed_at, received_at }, index) =>
      Math.max(0, completed_at - Math.max(received_at, done[index + 1]?.completed_at ?? 0)),
    );
  return times.reduce((sum, time) => sum + time, 0) / times.length;
}
