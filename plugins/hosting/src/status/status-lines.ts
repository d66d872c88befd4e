import { alignColumns } from '@blockhost/kernel/command';
import type { DatabaseStatus } from './database-status.js';
import type { HostStatus } from './host-status.js';
import { shownTime } from './shown-time.js';

/** Waiting entries that are named. */
const NAMED = 5;

/** The status for people. */
export function statusLines({
  healthy,
  problems,
  attention,
  daemons,
  database,
  disk,
}: HostStatus): readonly string[] {
  const rows: string[][] = daemons.map(({ id, state, seen_at }) => [
    'daemon',
    id,
    state === 'stopped' ? 'not running' : state,
    state === 'healthy' || seen_at === null ? '' : `last seen ${shownTime(seen_at)}`,
  ]);
  const facts = daemons.find(({ id }) => id === 'monitor')?.facts;
  if (database) rows.push(...databaseRows(database, facts));
  if (disk) rows.push(['disk', disk.path, `${gibibytes(disk.free)} of ${gibibytes(disk.total)} GiB free`]);
  return [
    healthy ? 'This host is healthy.' : 'This host is not healthy.',
    ...problems.map((problem) => `  problem: ${problem}`),
    ...attention.map((line) => `  attention: ${line}`),
    '',
    ...alignColumns(rows),
  ];
}

function databaseRows(
  { chain, queue, dead_letters, vms, tasks }: DatabaseStatus,
  facts: Readonly<Record<string, string | number>> | undefined,
): string[][] {
  const head =
    facts?.head === undefined
      ? ''
      : `head ${facts.head}, lag ${facts.lag}, confirmations ${facts.confirmations ?? '?'}`;
  return [
    chain
      ? ['chain', chain.chain, `read to block ${chain.cursor} at ${shownTime(chain.moved_at)}`, head]
      : ['chain', '', 'not read yet'],
    queue.active
      ? ['pipeline', queue.active.id, `after ${queue.active.stage}`, queue.active.last_error ?? '']
      : ['pipeline', '', 'nothing is worked on'],
    ['pipeline', 'waiting', String(queue.length)],
    ...queue.waiting
      .slice(0, NAMED)
      .map(({ id, position, estimate_seconds }) => [
        'waiting',
        id,
        `place ${position}`,
        estimate_seconds === null ? '' : `about ${estimate_seconds} s`,
      ]),
    ...queue.needs_operator.map(({ id, stage, reason }) => ['operator', id, stage, reason ?? '']),
    ['dead letters', '', String(dead_letters)],
    ...Object.entries(vms).map(([state, count]) => ['vms', state, String(count)]),
    ...tasks.map(({ name, running, last_run, failure, due_at, did }) => [
      'task',
      name,
      running
        ? 'running'
        : `last ${last_run ? shownTime(last_run) : 'never'}, next ${due_at ? shownTime(due_at) : 'unknown'}`,
      failure ?? did ?? '',
    ]),
  ];
}

const gibibytes = (bytes: number): string => (bytes / 2 ** 30).toFixed(1);
