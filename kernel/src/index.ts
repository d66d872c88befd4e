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
export { inject, injectable } from './injection.js';
export * from './ports/index.js';
export { failpoint } from './run/failpoint.js';
export { type Run, type RunOptions, withRun } from './run/run.js';
export { Undo, type UndoFailure } from './run/undo.js';
