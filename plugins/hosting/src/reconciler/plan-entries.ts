import { VANISHED } from '../pipeline/set-aside.js';
import type { FailedEntry, Observation } from './observation.js';
import type { Action, Conclusion, PlanLimits } from './plan.js';

/** Stages after the VM stands: a creation that fails there keeps its VM and is tried again (engine.md 3.6). */
export const AFTER_THE_VM = ['encrypted', 'nft_minted', 'db_updated'];
const MOST_REQUEUES = 48;

/** What the pipeline is to try again (engine.md 3.6–3.8). */
export function planEntries({ failed, now }: Observation, { requeueMs }: PlanLimits): Conclusion {
  return { actions: failed.flatMap((each) => again(each, now, requeueMs)) };
}

function again(seen: FailedEntry, now: number, requeueMs: number): readonly Action[] {
  const { entry, vm } = seen;
  if (entry.orphanedAt !== null || entry.failedStage === VANISHED) return [];
  switch (entry.kind) {
    case 'cancel':
      return [{ do: 'requeue', entry: entry.id, destroys: vm !== null && vm.status !== 'destroyed' }];
    case 'extend':
      // Its VM could not be started then and runs now: nothing is left of it but to say so.
      return entry.failedStage === 'resumed' && vm?.status === 'active'
        ? [{ do: 'requeue', entry: entry.id, destroys: false }]
        : [];
    case 'create':
      return creation(seen, now, requeueMs);
  }
}

function creation({ entry, vm, mint }: FailedEntry, now: number, requeueMs: number): readonly Action[] {
  if (!AFTER_THE_VM.includes(entry.failedStage ?? '')) return [];
  const requeue: Action = { do: 'requeue', entry: entry.id, destroys: false };
  // Its credential has been recorded otherwise: the entry only has to end.
  const isServed = vm?.operationId === entry.operationId && vm.nftMinted;
  const isFound = mint?.kind === 'standing' && entry.requeues === 0;
  if (isServed && entry.requeues <= MOST_REQUEUES) return [requeue];
  if (entry.needsOperator) return [];
  if (entry.requeues >= MOST_REQUEUES)
    return [
      {
        do: 'call-operator',
        entry: entry.id,
        reason: `${MOST_REQUEUES} further tries did not help. ${entry.lastError ?? ''}`.trim(),
      },
    ];
  const isDue = now >= (entry.completedAt ?? 0) + requeueMs || entry.updatedAt > now;
  return isFound || isDue ? [requeue] : [];
}
