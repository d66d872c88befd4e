import type { Exec } from '../ports/exec.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import type { Tagged } from './tag.js';

/** Entry `rootActions`: what a plugin asks the root agent to do for it. */
export interface RootActions extends Tagged<'root-actions'> {
  readonly actions: readonly RootAction[];
}

export interface RootAction {
  /** `^[a-z][a-z0-9-]*$`, listed in the manifest. */
  readonly name: string;
  /** JSON Schema (2020-12) of the parameters. */
  readonly parameters: object;
  readonly timeoutMs: number;
  run(
    parameters: Readonly<Record<string, unknown>>,
    context: RootActionContext,
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface RootActionContext {
  readonly exec: Exec;
  readonly paths: Paths;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export function defineRootActions(actions: readonly RootAction[]): RootActions {
  return { $type: 'blockhost.root-actions', major: 1, actions };
}
