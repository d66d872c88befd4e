import { ORDER } from './plan.js';

/** Steps of a run beside its actions. */
const STEPS = ['observe', 'note', 'finish'];
/** External calls inside an action. */
const CALLS = ['start-vm', 'activate', 'update-gecos-tell', 'update-gecos-record', 'broadcast'];

/** Names of every place where a crash test may kill a run of the reconciler. */
export const reconcilerFailpoints: readonly string[] = [...STEPS, ...ORDER, ...CALLS].flatMap((step) => [
  `reconcile.${step}:before`,
  `reconcile.${step}:after`,
]);
