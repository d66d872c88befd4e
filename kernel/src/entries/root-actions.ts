import type { HostConfig } from '../ports/config.js';
import type { Exec } from '../ports/exec.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import { serviceToken } from '../ports/token.js';
import type { Tagged } from './tag.js';

/** Entry `rootActions`: what a plugin asks the root agent to do for it. */
export interface RootActions extends Tagged<'root-actions'> {
  readonly actions: readonly RootAction[];
}

export interface RootAction {
  /** `^[a-z][a-z0-9-]*$`, listed in the manifest. */
  readonly name: string;
  /** JSON Schema (2020-12) of the parameters: an object without `additionalProperties`. */
  readonly parameters: object;
  /** Milliseconds; then its children are ended and the caller is told `timeout`. */
  readonly timeoutMs: number;
  /** `firewall`, `vm:web-1`, …: calls with the same key run one after the other, others at the same time. */
  resource(parameters: Readonly<Record<string, unknown>>): string;
  /** Calls of what changes nothing are missing in the audit file; `true` unless told. */
  readonly mutates?: boolean;
  /** Parameters of which logs and audit show a digest only. */
  readonly secrets?: readonly string[];
  /**
   * Does it; called twice with the same parameters it ends as if called once. The answer goes to the caller as it is. An
   * error with the code `root-agent.denied` or `root-agent.invalid-params` is told as such, any other as `failed`.
   */
  run(
    parameters: Readonly<Record<string, unknown>>,
    context: RootActionContext,
  ): Promise<Readonly<Record<string, unknown>>>;
}

export interface RootActionContext {
  /** Bound to the action: its children end with it. They run in `/` with a home that root alone may write. */
  readonly exec: Exec;
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly log: Logger;
  readonly signal: AbortSignal;
}

export function defineRootActions(actions: readonly RootAction[]): RootActions {
  return { $type: 'blockhost.root-actions', major: 1, actions };
}

/** The schema of an action's parameters, no others allowed: those named are required but for the `optional`. */
export function actionParameters(
  properties: Readonly<Record<string, object>>,
  ...optional: readonly string[]
): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', properties, required, additionalProperties: false };
}

/** What one plugin lets the root agent do, or why it could not be loaded. */
export interface RootActionModule {
  readonly plugin: string;
  readonly actions: readonly RootAction[];
  readonly failure?: unknown;
}

/** The `rootActions` entry of every plugin, imported when it is asked for: by the root agent alone. */
export const ROOT_ACTIONS = serviceToken<readonly RootActionModule[]>('root-actions');
