import type { Knex } from 'knex';
import { waitingLine } from '../pipeline/waiting-line.js';
import { knownFindings } from '../reconciler/findings.js';
import { readRounds } from '../tasks/round.js';

/** What the database tells of the host's work; times are ISO 8601 UTC. */
export interface DatabaseStatus {
  /** null before the chain was read for the first time. */
  readonly chain: {
    readonly chain: string;
    readonly contract: string;
    readonly cursor: number;
    /** When the cursor last moved. */
    readonly moved_at: string;
  } | null;
  readonly queue: {
    readonly active: {
      readonly id: string;
      readonly stage: string;
      readonly last_error: string | null;
    } | null;
    readonly length: number;
    /** The first hundred. */
    readonly waiting: readonly {
      readonly id: string;
      readonly position: number;
      readonly estimate_seconds: number | null;
    }[];
    readonly needs_operator: readonly {
      readonly id: string;
      readonly state: string;
      readonly stage: string;
      readonly reason: string | null;
    }[];
  };
  readonly dead_letters: number;
  /** What the last run of the reconciler left. */
  readonly findings: readonly {
    readonly kind: string;
    readonly subject: string;
    readonly sentence: string;
    readonly needs_operator: boolean;
    readonly first_seen: string;
  }[];
  readonly vms: Readonly<Record<string, number>>;
  readonly tasks: readonly {
    readonly name: string;
    readonly running: boolean;
    readonly last_run: string | null;
    readonly last_success: string | null;
    readonly failure: string | null;
    readonly due_at: string | null;
    /** What it did the last time, where that is told. */
    readonly did: string | null;
    /** What a person should hear of it. */
    readonly alarm: string | null;
  }[];
}

/** One look at the database of this host; asks nobody else. */
export async function databaseStatus(database: Knex): Promise<DatabaseStatus> {
  const cursor = await database('chain_cursors').orderBy('updated_at', 'desc').first();
  const active = await database('pipeline_entries').where({ state: 'active' }).first();
  const operator = await database('pipeline_entries').where({ needs_operator: 1 }).orderBy('seq').limit(100);
  const waiting = await waitingLine(database);
  const tasks = await database('task_runs').orderBy('name');
  const rounds = await readRounds(database);
  const vms: readonly { readonly status: string; readonly count: number }[] = await database.raw(
    'select status, count(*) as count from vms group by status order by status',
  );
  return {
    chain: cursor
      ? {
          chain: cursor.chain,
          contract: cursor.contract,
          cursor: cursor.height,
          moved_at: iso(cursor.updated_at),
        }
      : null,
    queue: {
      active: active ? { id: active.id, stage: active.stage, last_error: active.last_error } : null,
      length: await count(database('pipeline_entries').where({ state: 'queued' })),
      waiting: waiting.map(({ id, position, estimateMs }) => ({
        id,
        position,
        estimate_seconds: estimateMs === null ? null : Math.ceil(estimateMs / 1_000),
      })),
      needs_operator: operator.map((entry) => ({
        id: entry.id,
        state: entry.state,
        stage: entry.failed_stage ?? entry.stage,
        reason: entry.last_error,
      })),
    },
    dead_letters: await count(database('dead_letters')),
    findings: (await knownFindings(database)).map((finding) => ({
      kind: finding.kind,
      subject: finding.subject,
      sentence: finding.sentence,
      needs_operator: finding.needsOperator,
      first_seen: iso(finding.firstSeen),
    })),
    vms: Object.fromEntries(vms.map(({ status, count }) => [status, Number(count)])),
    tasks: tasks.map((task) => ({
      name: task.name,
      running: task.started_at !== null && (task.ended_at ?? 0) < task.started_at,
      last_run: iso(task.ended_at),
      last_success: iso(task.succeeded_at),
      failure: task.failure,
      due_at: iso(rounds.get(task.name)?.dueAt ?? task.due_at),
      did: rounds.get(task.name)?.did ?? null,
      alarm: rounds.get(task.name)?.alarm ?? null,
    })),
  };
}

async function count(rows: Knex.QueryBuilder): Promise<number> {
  const [row] = await rows.count({ count: '*' });
  return Number(row?.count ?? 0);
}

function iso(ms: number): string;
function iso(ms: number | null): string | null;
function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}
