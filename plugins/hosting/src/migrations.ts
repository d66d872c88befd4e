import { defineMigrations } from '@blockhost/kernel';
import { createAdminTables } from './admin/schema.js';
import { createFundTables, keepFundsByChain } from './funds/schema.js';
import { createGarbageRuns } from './garbage/schema.js';
import { addWatchedHeight, createMonitorTables } from './monitor/schema.js';
import { createPipelineTables, indexPipelineEntries } from './pipeline/schema.js';
import { addCountedAt, createReconcilerTables } from './reconciler/schema.js';
import { createRounds, createTaskRuns } from './tasks/schema.js';
import { createLimitHolds } from './vms/limit-holds.js';
import { addBurnedCredentials, addForeignRecords, completeVmRecords, createVmTables } from './vms/schema.js';
import { createWalletOrders } from './wallets/schema.js';

export default defineMigrations([
  { id: '0001-vms', up: createVmTables },
  { id: '0002-pipeline', up: createPipelineTables },
  { id: '0003-monitor', up: createMonitorTables },
  { id: '0004-pipeline-indexes', up: indexPipelineEntries },
  { id: '0004-watched-height', up: addWatchedHeight },
  { id: '0004-task-runs', up: createTaskRuns },
  { id: '0004-burned-credentials', up: addBurnedCredentials },
  { id: '0004-reconciler', up: createReconcilerTables },
  { id: '0004-garbage-runs', up: createGarbageRuns },
  { id: '0005-funds', up: createFundTables },
  { id: '0006-admin', up: createAdminTables },
  { id: '0007-complete-vm-records', up: completeVmRecords },
  { id: '0008-foreign-records', up: addForeignRecords },
  { id: '0009-limit-holds', up: createLimitHolds },
  { id: '0010-counted-at', up: addCountedAt },
  { id: '0011-rounds', up: createRounds },
  { id: '0012-wallet-orders', up: createWalletOrders },
  { id: '0013-funds-by-chain', up: keepFundsByChain },
]);
