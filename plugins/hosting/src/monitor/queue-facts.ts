import type { Knex } from 'knex';
import { queueLength } from '../pipeline/queue.js';
import { waitingLine } from '../pipeline/waiting-line.js';

/** Entries that the health file names. */
const NAMED = 10;

/** What the health file says of the work that is open. */
export async function queueFacts(database: Knex): Promise<Readonly<Record<string, string | number>>> {
  const [queue, line, operator, letters] = [
    await queueLength(database),
    await waitingLine(database, NAMED),
    await database('pipeline_entries').where({ needs_operator: 1 }).count({ count: '*' }).first(),
    await database('dead_letters').count({ count: '*' }).first(),
  ];
  const waiting = line.map(({ id, position, estimateMs }) =>
    estimateMs === null ? `${position} ${id}` : `${position} ${id} in ${Math.ceil(estimateMs / 1_000)} s`,
  );
  return {
    queue,
    ...(waiting.length > 0 && { waiting: waiting.join(', ') }),
    needs_operator: Number(operator?.count ?? 0),
    dead_letters: Number(letters?.count ?? 0),
  };
}
