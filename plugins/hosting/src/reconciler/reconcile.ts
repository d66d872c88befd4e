import path from 'node:path';
import { acquireLock, hasCode, type Run, sentenceOf, supports, withRun } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { act } from './act.js';
import { replaceFindings, tellFindings } from './findings.js';
import { dropFinalProofs } from './mint-proofs.js';
import type { Observation } from './observation.js';
import { observe } from './observe.js';
import { noteTurns } from './observe-subscriptions.js';
import { type Action, type Finding, type Plan, plan } from './plan.js';
import { type ReconcileSettings, readReconcileSettings } from './reconcile-settings.js';
import { recordRun } from './run-record.js';

/** Long enough for a run that is about to end. */
const LOCK_WAIT_MS = 2_000;

export interface Reconciled {
  readonly plan: Plan;
  readonly failed: readonly { readonly action: Action; readonly reason: string }[];
}

/**
 * One run (engine.md 4): reads everything, plans, then makes one change after the other. Two of them never run at once, in
 * whatever processes: throws `lock.busy`. An action that fails is logged and planned again by the next run.
 */
export async function reconcile(host: Host, signal: AbortSignal): Promise<Reconciled> {
  using _ = await acquireLock(path.join(host.paths.run, 'reconcile.lock'), {
    timeoutMs: LOCK_WAIT_MS,
    purpose: 'reconciling',
    signal,
  });
  const { log, clock, database } = host;
  try {
    const settings = await readReconcileSettings(host.config);
    if (host.chain.chain.contracts === null) {
      // Before the set-up there is nothing to compare with.
      await recordRun(database, clock.now(), settings.intervalMs, NOTHING);
      return NOTHING;
    }
    return await withRun({ name: 'reconcile', log, signal }, async (run) => {
      const seen = await run.step('observe', () => observe(host, settings, signal));
      const planned = planFor(seen, host, settings);
      if (planned.deferred > 0)
        log.warn('more VMs are to be destroyed than one run may', { deferred: planned.deferred });
      const failed = await actOn(planned.actions, host, run);
      await run.step('note', () => note(seen, planned, failed, host));
      const result = { plan: planned, failed };
      await run.step('finish', () => recordRun(database, clock.now(), settings.intervalMs, result));
      return result;
    });
  } catch (error) {
    if (!signal.aborted) {
      const { retryMs } = await readReconcileSettings(host.config).catch(() => ({ retryMs: 60_000 }));
      await recordRun(database, clock.now(), retryMs, null);
    }
    throw error;
  }
}

const NOTHING: Reconciled = { plan: { actions: [], findings: [], deferred: 0, unjudged: [] }, failed: [] };

/** What a run would do now; changes nothing. */
export async function reconcilePlan(host: Host, signal: AbortSignal): Promise<Plan> {
  if (host.chain.chain.contracts === null) return NOTHING.plan;
  const settings = await readReconcileSettings(host.config);
  return planFor(await observe(host, settings, signal), host, settings);
}

function planFor(
  seen: Observation,
  { chain, provisioner }: Host,
  { requeueMs, mostDestroys }: ReconcileSettings,
): Plan {
  const same = (a: string, b: string) => chain.addresses.same(a, b);
  const canTellGuests = supports(provisioner, 'updateGecos');
  return plan(seen, { requeueMs, mostDestroys, canTellGuests, same });
}

async function actOn(actions: readonly Action[], host: Host, run: Run): Promise<Reconciled['failed']> {
  const failed: { action: Action; reason: string }[] = [];
  let isAway = false;
  for (const action of actions) {
    const needsProvisioner = action.do === 'resume' || action.do === 'update-gecos';
    if (isAway && needsProvisioner) continue;
    try {
      await run.step(action.do, () => act(action, host, run));
      if (!QUIET.includes(action.do)) host.log.info('reconciled', { ...action });
    } catch (error) {
      run.signal.throwIfAborted();
      // The others would wait for the same hypervisor one by one.
      isAway ||= needsProvisioner && hasCode(error, 'provisioner.unreachable');
      const reason = sentenceOf(error);
      failed.push({ action, reason });
      host.log.warn('a change did not succeed, the next run tries again', { ...action, reason });
    }
  }
  return failed;
}

const QUIET: readonly Action['do'][] = ['count-missing', 'clear-missing'];

async function note(
  seen: Observation,
  planned: Plan,
  failed: Reconciled['failed'],
  { database, clock, log }: Host,
): Promise<void> {
  const findings = [...planned.findings, ...failed.flatMap(({ action, reason }) => left(action, reason))];
  const told = await database.transaction(async (tx) => {
    const asked = seen.vms.filter(({ subscription }) => (subscription?.kind ?? 'unknown') !== 'unknown');
    await noteTurns(
      tx,
      asked.map(({ vm }) => vm.name),
      seen.vms.map(({ vm }) => vm.name),
      clock.now(),
    );
    if (seen.finalHeight !== null) await dropFinalProofs(tx, seen.finalHeight);
    return replaceFindings(tx, { findings, unjudged: planned.unjudged }, clock.now());
  });
  tellFindings(told, log);
}

/** What a person should hear of when it keeps failing. */
function left(action: Action, reason: string): readonly Finding[] {
  if (action.do === 'rebroadcast')
    return [
      {
        kind: 'credential-lost',
        subject: action.vm,
        sentence: `A reorganisation took its mint back, and it cannot be handed in again. ${reason}`,
      },
    ];
  if (action.do === 'resume')
    return [
      { kind: 'resume-failed', subject: action.vm, sentence: `It is paid for and does not start. ${reason}` },
    ];
  if (action.do === 'update-gecos')
    return [
      {
        kind: 'login-outdated',
        subject: action.vm,
        sentence: `It still names its former owner or credential. ${reason}`,
      },
    ];
  return [];
}
