import type { Host } from '../pipeline/host.js';

const HOUR = 3_600_000;
/** A timer that runs daily may miss one day, not two. */
const LONGEST_GAP_MS = 48 * HOUR;
/** The youngest block of a chain is minutes old; older by more, and the clock or the node is wrong. */
const LARGEST_DRIFT_MS = 24 * HOUR;

/**
 * Why the clock cannot be trusted with the end of a VM, or null. It is held against the last run and against the chain,
 * whose blocks carry a time that this host does not set.
 */
export async function clockDoubt({ database, chain, clock }: Host): Promise<string | null> {
  const now = clock.now();
  const last: { last_run_at: number } | undefined = await database('garbage_runs').first('last_run_at');
  if (last && now < last.last_run_at) return 'the clock is behind the last run';
  if (last && now > last.last_run_at + LONGEST_GAP_MS)
    return `the last run was ${Math.round((now - last.last_run_at) / HOUR)} hours ago`;
  const head = await chain.blocks.head();
  if (head.kind !== 'present')
    return `the chain cannot be asked for the time${head.kind === 'unknown' ? `: ${head.reason}` : ''}`;
  const drift = Math.abs(now - head.value.timestamp * 1_000);
  return drift > LARGEST_DRIFT_MS
    ? `the clock and the chain differ by ${Math.round(drift / HOUR)} hours`
    : null;
}

export async function recordRun({ database, clock }: Pick<Host, 'database' | 'clock'>): Promise<void> {
  await database('garbage_runs').insert({ id: 1, last_run_at: clock.now() }).onConflict('id').merge();
}
