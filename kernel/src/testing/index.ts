export { aVmSpec } from './a-vm-spec.js';
export {
  type ChainEngineConformance,
  type ChainEngineSubject,
  type ConformanceCustomer,
  chainEngineConformance,
} from './chain-engine-conformance.js';
export { expectRefusal } from './expect-refusal.js';
export type { FakeAct } from './fake-acts.js';
export { FakeChain, type FakeChainOptions, type FakeCustomer } from './fake-chain.js';
export type { FakeMarket } from './fake-money.js';
export { type FakeOrder, sealFakeOrder } from './fake-orders.js';
export { type HostRoot, makeHostRoot } from './host-root.js';
export { type Observed, observedRun } from './observed-run.js';
export {
  type ProvisionerConformance,
  type ProvisionerSubject,
  provisionerConformance,
} from './provisioner-conformance.js';
export { type LogRecord, RecordingLogger } from './recording-logger.js';
export { type Budget, type Measurement, reportMeasurement } from './report-measurement.js';
export { type Argv, timeProcesses } from './time-processes.js';
export { type ChildEnd, type OtherProcess, verbInChild } from './verb-in-child.js';
