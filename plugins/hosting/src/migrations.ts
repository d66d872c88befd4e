import { defineMigrations } from '@blockhost/kernel';
import { createMonitorTables } from './monitor/schema.js';
import { createPipelineTables } from './pipeline/schema.js';
import { createVmTables } from './vms/schema.js';

export default defineMigrations([
  { id: '0001-vms', up: createVmTables },
  { id: '0002-pipeline', up: createPipelineTables },
  { id: '0003-monitor', up: createMonitorTables },
]);
