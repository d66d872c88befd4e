import { defineMigrations } from '@blockhost/kernel';
import { addWatchedHeight, createMonitorTables } from './monitor/schema.js';
import { createPipelineTables, indexPipelineEntries } from './pipeline/schema.js';
import { createTaskRuns } from './tasks/schema.js';
import { createVmTables } from './vms/schema.js';

export default defineMigrations([
  { id: '0001-vms', up: createVmTables },
  { id: '0002-pipeline', up: createPipelineTables },
  { id: '0003-monitor', up: createMonitorTables },
  { id: '0004-pipeline-indexes', up: indexPipelineEntries },
  { id: '0004-watched-height', up: addWatchedHeight },
  { id: '0004-task-runs', up: createTaskRuns },
]);
