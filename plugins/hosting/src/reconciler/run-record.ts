import type { Knex } from 'knex';
import type { Reconciled } from './reconcile.js';

export interface RunRecord {
  /** Of the last run that finished; null before the first. Milliseconds since the epoch. */
  readonly finishedAt: number | null;
  readonly dueAt: number;
}

export async function readRun(database: Knex): Promise<RunRecord | null> {
  const row = await database('reconciler_run').where({ id: 1 }).first();
  return row ? { finishedAt: row.finished_at, dueAt: row.due_at } : null;
}

/** A run ended at `now`, the next is due `afterMs` later; `result` null: it failed. */
export async function recordRun(
  database: Knex,
  now: number,
  afterMs: number,
  result: Reconciled | null,
): Promise<void> {
  const summary = result && {
    actions: result.plan.actions.length,
    failed: result.failed.length,
    deferred: result.plan.deferred,
    findings: result.plan.findings.length,
  };
  await database('reconciler_run')
    .insert({
      id: 1,
      due_at: now + afterMs,
      ...(summary && { finished_at: now, summary: JSON.stringify(summary) }),
    })
    .onConflict('id')
    .merge();
}
