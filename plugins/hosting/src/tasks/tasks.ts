import { fundCycleTask, gasCheckTask } from '../funds/fund-tasks.js';
import type { Host } from '../pipeline/host.js';
import { reconcilerTask } from '../reconciler/reconciler-task.js';
import type { Task } from './task.js';
import { vmGcTask } from './vm-gc-task.js';
import { vmSyncTask } from './vm-sync-task.js';

/** Builds one task on what the monitor works with. Does nothing yet: no query, no timer. */
export type TaskFactory = (host: Host) => Task;

/** Every task of the host, in the order in which those that are due at the same moment run. */
export const TASKS: readonly TaskFactory[] = [
  vmSyncTask,
  reconcilerTask,
  fundCycleTask,
  gasCheckTask,
  vmGcTask,
];
