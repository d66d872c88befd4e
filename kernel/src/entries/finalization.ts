import type { HostConfig } from '../ports/config.js';
import type { Logger } from '../ports/logger.js';
import type { Paths } from '../ports/paths.js';
import type { Token } from '../ports/token.js';
import type { Tagged } from './tag.js';

/** Entry `finalization`: ordered steps that turn answers into a working host, before and after the host's own. */
export interface FinalizationPlugin extends Tagged<'finalization'> {
  readonly steps: readonly FinalizationStep[];
  readonly postSteps: readonly FinalizationStep[];
}

/**
 * One idempotent step. It may be killed at any instruction and run again: whatever it did must be found again, by the
 * files it wrote, by what it put into the journal before acting, or on the chain.
 */
export interface FinalizationStep {
  /** `^[a-z][a-z0-9_]*$`, listed in the manifest. */
  readonly id: string;
  readonly label: string;
  readonly hint?: string;
  /** Milliseconds; 120,000 unless told. */
  readonly timeoutMs?: number;
  /** May run again after success. */
  readonly rerunnable?: boolean;
  /** Names of the answers marked `writeOnly` that this step reads. */
  readonly secrets?: readonly string[];
  run(context: StepContext): Promise<StepResult>;
}

export interface StepResult {
  readonly status: 'completed' | 'skipped';
  /** Shown to the operator; never secrets. */
  readonly data?: Readonly<Record<string, string>>;
}

export interface StepContext {
  /** This plugin's section of the answers, validated by its schema, without secrets. */
  readonly answers: Readonly<Record<string, unknown>>;
  /** Every section by its session key, without secrets. */
  readonly sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** A secret answer of this plugin (`deployer_key`) or of the administrator (`admin.signature`); throws `setup.needs-input`. */
  secret(name: string): string;
  /** Data of finished steps by step id. */
  readonly results: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly journal: StepJournal;
  readonly paths: Paths;
  readonly config: HostConfig;
  readonly log: Logger;
  readonly signal: AbortSignal;
  progress(message: string): void;
  /** A service or port of the running kernel. */
  get<T>(token: Token<T>): Promise<T>;
}

/** Durable notes of one step, written before it acts. Values are JSON without secrets; kept when the set-up is reset. */
export interface StepJournal {
  get<T>(key: string): T | undefined;
  put(key: string, value: unknown): Promise<void>;
}

export function defineFinalization(plugin: {
  readonly steps: readonly FinalizationStep[];
  readonly postSteps?: readonly FinalizationStep[];
}): FinalizationPlugin {
  return {
    $type: 'blockhost.finalization',
    major: 1,
    steps: plugin.steps,
    postSteps: plugin.postSteps ?? [],
  };
}
