export { systemClock } from './clock/system-clock.js';
export { createHostConfig, type HostConfigOptions } from './config/create-host-config.js';
export { makeFolder } from './config/make-folder.js';
export { type SchemaProblem, schemaProblems } from './config/schema-problems.js';
export { writeFileAtomic } from './config/write-file-atomic.js';
export { type HealthRecord, readHealth } from './daemon/health-file.js';
export * from './entries/activation.js';
export * from './entries/admin-pages.js';
export * from './entries/daemon.js';
export * from './entries/finalization.js';
export type * from './entries/migrations.js';
export { defineMigrations } from './entries/migrations.js';
export * from './entries/root-actions.js';
export * from './entries/tag.js';
export * from './entries/wizard.js';
export {
  BlockhostError,
  type ErrorFacts,
  hasCode,
  isBlockhostError,
  sentenceOf,
} from './errors/blockhost-error.js';
export { createExec, type ExecSetup } from './exec/create-exec.js';
export { inject, injectable } from './injection.js';
export { type BootOptions, boot } from './loader/boot.js';
export { supports } from './loader/guard-port.js';
export type { EntryName, EntryTypes, Kernel } from './loader/kernel.js';
export type { PluginFailure, PluginPhase, PluginProgress, PluginState } from './loader/life-cycle.js';
export type { PluginStatus } from './loader/plugin-status.js';
export { acquireLock, type LockOptions, type ProcessLock, tryLock } from './lock/process-lock.js';
export { createLogger, type LoggerOptions, type LogLevel } from './log/create-logger.js';
export { isSecretName } from './log/is-secret-name.js';
export { maskText } from './log/mask-text.js';
export { type DiscoverOptions, discover } from './manifests/discover.js';
export type { FoundPlugin, ManifestKind } from './manifests/found-plugin.js';
export type { Manifest } from './manifests/manifest.js';
export type { ManifestProblem } from './manifests/problem.js';
export { rootFileProblems } from './manifests/root-file-problems.js';
export { resolvePaths } from './paths/resolve-paths.js';
export * from './ports/index.js';
export { failpoint } from './run/failpoint.js';
export { type Run, type RunOptions, withRun } from './run/run.js';
export { Undo, type UndoFailure } from './run/undo.js';
export { formatProblems } from './tools/format-problems.js';
export { KERNEL_VERSION } from './version.js';
