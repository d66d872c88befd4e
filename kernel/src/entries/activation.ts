import type { Logger } from '../ports/logger.js';

/** Name of the activation hook: a global symbol, because a port may have a member called `activate`. */
export const ACTIVATE: unique symbol = Symbol.for('blockhost.activate') as never;

/** What a class built by the loader may have beside the members of its port. */
export interface Activatable {
  /** Called once after construction, before anybody gets the instance; bounded by the manifest's `timeout_ms`. */
  [ACTIVATE]?(context: ActivationContext): Promise<void> | void;
  /** Called once when the kernel stops, after the undo of the activation. */
  [Symbol.asyncDispose]?(): Promise<void> | void;
}

export interface ActivationContext {
  readonly plugin: string;
  readonly log: Logger;
  /** Aborts when the deadline has passed and when the kernel stops. */
  readonly signal: AbortSignal;
  /** Registers how to revert what was just done; runs in reverse order, also after half an activation. */
  undo(name: string, revert: () => unknown): void;
  /** Refuses to run; `reason` is a sentence for the operator that says what to do. */
  decline(reason: string): never;
}
