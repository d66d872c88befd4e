import { type Run, sentenceOf, type VmRecord, withRun } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { destroySteps, destroyVm } from '../vms/destroy-vm.js';
import { suspendSteps, suspendVm } from '../vms/suspend-vm.js';
import { withVmLock } from '../vms/vm-lock.js';
import { clockDoubt, recordRun } from './clock-doubt.js';
import { paidTime } from './paid-until.js';
import { isToDestroy, isToSuspend, MOST_DESTROYED, planGarbage } from './plan-garbage.js';
import { type SweptOrphan, sweepOrphans, sweepSteps } from './sweep-orphans.js';

export interface GarbageOrder {
  readonly graceMs: number;
  readonly phases: readonly ('suspend' | 'destroy')[];
  /** Only says what it would do. */
  readonly dryRun: boolean;
  readonly signal: AbortSignal;
  readonly onProgress?: (line: string) => void;
  /** Asked after each VM: true leaves the others to the next run. */
  readonly pause?: () => Promise<boolean>;
}

export interface GarbageResult {
  readonly suspended: readonly string[];
  readonly destroyed: readonly string[];
  /** VMs that were due and left, with the reason. */
  readonly left: readonly { readonly vm: string; readonly reason: string }[];
  /** VMs whose end or suspension failed. */
  readonly failed: readonly { readonly vm: string; readonly reason: string }[];
  /** Why nothing was destroyed in this run. */
  readonly doubt: string | null;
  /** What belongs to no record, and no order that is still worked on. */
  readonly orphans: readonly SweptOrphan[];
  /** It stopped before it had looked at everything. */
  readonly isPaused: boolean;
}

/** Places where a crash test may kill a run. */
export const garbageFailpoints = [
  ...suspendSteps.map((step) => `suspend-vm.${step}`),
  ...destroySteps.map((step) => `destroy-vm.${step}`),
  ...sweepSteps.map((step) => `sweep.${step}`),
].flatMap((step) => [`${step}:before`, `${step}:after`]);

/**
 * Suspends VMs whose time is over and destroys those whose grace is over too (provisioners.md 3.8), each under its lock and
 * by a record read again. A VM ends only when the clock is beyond doubt and the chain confirms that nobody pays for it.
 */
export async function collectGarbage(host: Host, order: GarbageOrder): Promise<GarbageResult> {
  const { vms, clock, log } = host;
  const due = planGarbage(await vms.list(), clock.now(), order.graceMs);
  const wants = (phase: 'suspend' | 'destroy') => order.phases.includes(phase);
  const doubt = wants('destroy') ? await clockDoubt(host) : null;
  if (doubt) log.error('no VM is destroyed in this run', { reason: doubt });

  const outcome = {
    suspended: [] as string[],
    destroyed: [] as string[],
    left: [] as Left[],
    failed: [] as Left[],
  };
  let isPaused = false;
  const each = async (vm: VmRecord, done: string[], act: () => Promise<string | null>) => {
    order.signal.throwIfAborted();
    if (isPaused) return;
    try {
      const reason = await act();
      if (reason === null) done.push(vm.name);
      else outcome.left.push({ vm: vm.name, reason });
      order.onProgress?.(
        `${vm.name}: ${reason === null ? (order.dryRun ? 'due' : 'done') : `left, ${reason}`}`,
      );
    } catch (error) {
      if (order.signal.aborted) throw error;
      outcome.failed.push({ vm: vm.name, reason: sentenceOf(error) });
      log.error('garbage collection failed for a VM', { vm: vm.name, reason: sentenceOf(error) });
    }
    isPaused = (await order.pause?.()) ?? false;
  };
  if (wants('suspend'))
    for (const vm of due.suspend) await each(vm, outcome.suspended, () => suspend(vm, host, order));
  if (wants('destroy') && doubt === null)
    for (const [place, vm] of due.destroy.entries())
      await each(vm, outcome.destroyed, async () =>
        place < MOST_DESTROYED ? destroy(vm, host, order) : `no run destroys more than ${MOST_DESTROYED}`,
      );
  const orphans = isPaused
    ? []
    : await sweepOrphans(host, { ...order, dryRun: order.dryRun || !wants('destroy'), doubt });
  outcome.failed.push(
    ...orphans.flatMap(({ subject, failure }) => (failure ? [{ vm: subject, reason: failure }] : [])),
  );
  if (!order.dryRun && !isPaused) await recordRun(host);
  return { ...outcome, doubt, orphans, isPaused };
}

interface Left {
  readonly vm: string;
  readonly reason: string;
}

/** Answers why the VM was left, or null. */
async function suspend(vm: VmRecord, host: Host, order: GarbageOrder): Promise<string | null> {
  const { vms, chain, clock } = host;
  const paid = await paidTime(vm, chain);
  if (paid.kind === 'until' && paid.ms > clock.now()) return 'the chain says it is paid for longer';
  if (order.dryRun) return null;
  return await onVm('suspend-vm', vm, host, order, async (run) => {
    const fresh = await vms.get(vm.name);
    if (fresh === null || fresh.operationId !== vm.operationId || !isToSuspend(fresh, clock.now()))
      return 'its record changed meanwhile';
    await suspendVm(fresh, 'expiry', host, run);
    return null;
  });
}

async function destroy(vm: VmRecord, host: Host, order: GarbageOrder): Promise<string | null> {
  const { vms, chain, clock } = host;
  const paid = await paidTime(vm, chain);
  if (paid.kind === 'unknown') return paid.reason;
  if (paid.kind === 'until' && paid.ms + order.graceMs > clock.now())
    return 'the chain says it is paid for longer';
  if (order.dryRun) return null;
  return await onVm('destroy-vm', vm, host, order, async (run) => {
    const fresh = await vms.get(vm.name);
    if (
      fresh === null ||
      fresh.operationId !== vm.operationId ||
      !isToDestroy(fresh, clock.now(), order.graceMs)
    )
      return 'its record changed meanwhile';
    await destroyVm(fresh, host, run);
    return null;
  });
}

function onVm<T>(
  name: string,
  vm: VmRecord,
  host: Host,
  { signal }: GarbageOrder,
  act: (run: Run) => Promise<T>,
) {
  return withVmLock(
    host.paths,
    vm.name,
    'garbage collection',
    () => withRun({ name, id: vm.operationId, log: host.log, signal }, act),
    signal,
  );
}
