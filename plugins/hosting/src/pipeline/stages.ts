import { settleFailpoints } from '@blockhost/kernel';
import { cancelStages } from './cancel-stages.js';
import { createStages } from './create-stages.js';
import type { EntryKind } from './entry.js';
import { extendStages } from './extend-stages.js';
import type { Stage } from './stage.js';

/** Every stage of every kind of entry, in order: what runs, what the crash tests kill, what the lint compares. */
export const STAGES: Readonly<Record<EntryKind, readonly Stage[]>> = {
  create: createStages,
  extend: extendStages,
  cancel: cancelStages,
};

/** The stage that follows `reached`; null when the entry has none left. Throws on a stage this version does not know. */
export function stageAfter(kind: EntryKind, reached: string): Stage | null {
  if (reached === 'received') return STAGES[kind][0] ?? null;
  // Carried out in full, and put back although nothing is left to do.
  if (reached === 'complete') return null;
  const index = STAGES[kind].findIndex((stage) => stage.reached === reached);
  if (index < 0) throw new Error(`an entry of kind ${kind} says stage "${reached}", which does not exist`);
  return STAGES[kind][index + 1] ?? null;
}

/** Reached only by a creation that fails for good before its VM stands. */
export const givingUpFailpoints: readonly string[] = ['abandon-vm', 'release-token'].flatMap((step) => [
  `create.${step}:before`,
  `create.${step}:after`,
]);

/** Names of every place where a crash test may kill the pipeline. */
export function pipelineFailpoints(kind: EntryKind): readonly string[] {
  const steps = STAGES[kind].flatMap(({ name, calls }) => [name, ...calls, `save-${name}`]);
  return [
    ...[...steps, 'close'].flatMap((step) => [`${kind}.${step}:before`, `${kind}.${step}:after`]),
    ...(kind === 'create' ? settleFailpoints : []),
  ];
}
