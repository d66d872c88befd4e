import { BlockhostError, isBlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';

/** How far a plugin got (architecture, section 3.2). */
const PROGRESS = [
  'found',
  'valid',
  'compatible',
  'indexed',
  'imported',
  'checked',
  'active',
  'stopped',
] as const;

export type PluginProgress = (typeof PROGRESS)[number];

/** What can go wrong, as the sentence goes on from the plugin's name. */
const FAILURES = {
  'invalid-manifest': 'has an invalid manifest',
  incompatible: 'does not fit this host',
  'missing-dependency': 'lacks something it needs',
  'load-failed': 'could not be loaded',
  'activation-failed': 'could not be activated',
  'timed-out': 'took too long',
  declined: 'declined to run',
  crashed: 'crashed',
} as const;

/**
 * Final until the process ends, but for `declined`, which concerns running only: its other entries can be used, and the
 * next use of its service asks again. What root must not trust is `invalid-manifest` when it is the manifest,
 * `load-failed` when it is a module.
 */
export type PluginFailure = keyof typeof FAILURES;

export type PluginState = PluginProgress | PluginFailure;

/** What takes time and has the plugin's deadline. */
export type PluginPhase = 'import' | 'activation';

const DEFAULT_TIMEOUT_MS = 10_000;

/** One plugin on its way through its life: state, reason, and what each phase cost in milliseconds. */
export class PluginRecord {
  readonly timings: Partial<Record<PluginPhase, number>> = {};
  /** Tokens its classes were given, as text. */
  readonly injected = new Set<string>();
  /** The process runs a daemon of it: a crash ends the process, whatever the manifest says. */
  essential = false;
  #progress: PluginProgress = 'found';
  #failed: Failed | null = null;

  constructor(readonly found: FoundPlugin) {}

  get name(): string {
    return this.found.name;
  }

  get state(): PluginState {
    return this.#failed?.state ?? this.#progress;
  }

  /** What is wrong with it; null while nothing is. */
  get error(): BlockhostError | null {
    return this.#failed?.error ?? null;
  }

  /** The failure as a sentence that goes on from the plugin's name. */
  get reason(): string | null {
    return this.#failed?.reason ?? null;
  }

  /** The error that any use of it throws from now on; null while nothing is wrong, or it may be tried again. */
  get refusal(): BlockhostError | null {
    return this.#failed?.again ? null : this.error;
  }

  get required(): boolean {
    const { kind, manifest } = this.found;
    return (manifest?.failure_policy ?? (kind === 'plugin' ? 'optional' : 'required')) === 'required';
  }

  get timeoutMs(): number {
    return this.found.manifest?.timeout_ms ?? DEFAULT_TIMEOUT_MS;
  }

  /** Moves forward; a second entry of an active plugin does not take it back. */
  advance(progress: PluginProgress): void {
    if (PROGRESS.indexOf(progress) > PROGRESS.indexOf(this.#progress)) this.#progress = progress;
  }

  /** The first failure that is final stays; answers it. */
  fail(state: PluginFailure, reason: string, facts: FailureFacts = {}): BlockhostError {
    if (this.refusal) return this.refusal;
    const error = this.failure(state, reason, facts, this.found.owner());
    this.#failed = { state, reason, error, again: facts.again ?? false };
    return error;
  }

  /** Forgets a failure that may be tried again. */
  retry(): void {
    if (this.#failed?.again) this.#failed = null;
  }

  /** The message of a failure, without failing; asking which package owns a file takes tens of milliseconds. */
  failure(
    state: PluginFailure,
    reason: string,
    { cause, remedy }: FailureFacts = {},
    owner: string | null = null,
  ): BlockhostError {
    const { manifest, file } = this.found;
    return new BlockhostError(`plugin.${state}`, `The plugin "${this.name}" ${FAILURES[state]}: ${reason}`, {
      cause,
      // Who says what mends it, like a wrong line of configuration, is believed.
      remedy: remedy ?? (isBlockhostError(cause) ? cause.remedy : undefined) ?? this.#remedy(state),
      facts: {
        plugin: manifest ? `${this.name} ${manifest.version}` : this.name,
        state,
        manifest: file,
        ...(owner ? { package: owner } : {}),
        ...(manifest?.bugs ? { bugs: manifest.bugs } : {}),
      },
    });
  }

  #remedy(state: PluginFailure): string {
    const { home, manifest } = this.found;
    if (state === 'invalid-manifest')
      return `Run "blockhost plugins check ${home}" to see every problem, or install a corrected package.`;
    const address = manifest?.bugs ? 'at the address above' : 'to its author';
    return REMEDIES[state] ?? `This is a fault of the plugin: report it ${address}, or remove its package.`;
  }
}

const REMEDIES: Readonly<Partial<Record<PluginFailure, string>>> = {
  incompatible: 'Install versions of the plugin and of blockhost that fit together.',
  'missing-dependency': 'Install what is missing, then start again.',
  declined: 'Do what the reason asks for, then start again.',
};

export interface FailureFacts {
  readonly cause?: unknown;
  readonly remedy?: string;
  /** The next use tries again: the plugin declined, or depends on one that did, and the reason may go away. */
  readonly again?: boolean;
}

interface Failed {
  readonly state: PluginFailure;
  readonly reason: string;
  readonly error: BlockhostError;
  readonly again: boolean;
}
