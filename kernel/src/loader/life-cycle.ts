import { BlockhostError } from '../errors/blockhost-error.js';
import type { FoundPlugin } from '../manifests/found-plugin.js';

/** How far a plugin got (architecture, section 3.2). */
export type PluginProgress =
  | 'found'
  | 'valid'
  | 'compatible'
  | 'indexed'
  | 'imported'
  | 'checked'
  | 'active'
  | 'stopped';

/**
 * What can go wrong; final until the process ends. What root must not trust is `invalid-manifest` when it is the
 * manifest, `load-failed` when it is a module.
 */
export type PluginFailure =
  | 'invalid-manifest'
  | 'incompatible'
  | 'missing-dependency'
  | 'load-failed'
  | 'activation-failed'
  | 'timed-out'
  | 'declined'
  | 'crashed';

export type PluginState = PluginProgress | PluginFailure;

/** What takes time and has the plugin's deadline. */
export type PluginPhase = 'import' | 'activation';

const DEFAULT_TIMEOUT_MS = 10_000;

const ORDER: readonly PluginState[] = [
  'found',
  'valid',
  'compatible',
  'indexed',
  'imported',
  'checked',
  'active',
  'stopped',
];

const SENTENCE: Readonly<Record<PluginFailure, string>> = {
  'invalid-manifest': 'has an invalid manifest',
  incompatible: 'does not fit this host',
  'missing-dependency': 'lacks something it needs',
  'load-failed': 'could not be loaded',
  'activation-failed': 'could not be activated',
  'timed-out': 'took too long',
  declined: 'declined to run',
  crashed: 'crashed',
};

/** One plugin on its way through its life: state, reason, and what each phase cost in milliseconds. */
export class PluginRecord {
  readonly timings: Partial<Record<PluginPhase, number>> = {};
  /** Tokens its classes were given, as text. */
  readonly injected = new Set<string>();
  /** The process runs a daemon of it: a crash ends the process, whatever the manifest says. */
  essential = false;
  #state: PluginState = 'found';
  #reason: string | null = null;
  #error: BlockhostError | null = null;
  readonly #ownerOf: (file: string) => string | null;

  /** `ownerOf` answers which Debian package installed a file; it is asked only when somebody wants to know. */
  constructor(
    readonly found: FoundPlugin,
    ownerOf: (file: string) => string | null = () => null,
  ) {
    this.#ownerOf = ownerOf;
  }

  get name(): string {
    return this.found.name;
  }

  get state(): PluginState {
    return this.#state;
  }

  /** What any use of the failed plugin throws; null while nothing is wrong. */
  get error(): BlockhostError | null {
    return this.#error;
  }

  /** The failure as a sentence that goes on from the plugin's name. */
  get reason(): string | null {
    return this.#reason;
  }

  get package(): string | null {
    return this.#ownerOf(this.found.file);
  }

  get required(): boolean {
    const { kind, manifest } = this.found;
    return (manifest?.failure_policy ?? (kind === 'plugin' ? 'optional' : 'required')) === 'required';
  }

  get timeoutMs(): number {
    return this.found.manifest?.timeout_ms ?? DEFAULT_TIMEOUT_MS;
  }

  /** Moves forward; a second entry of an active plugin does not take it back. */
  advance(state: PluginProgress): void {
    if (this.#error === null && ORDER.indexOf(state) > ORDER.indexOf(this.#state)) this.#state = state;
  }

  /** The first failure stays; answers it. */
  fail(state: PluginFailure, reason: string, facts: FailureFacts = {}): BlockhostError {
    if (this.#error) return this.#error;
    this.#state = state;
    this.#reason = reason;
    this.#error = this.failure(state, reason, facts, this.package);
    return this.#error;
  }

  /** The message of a failure, without failing; asking which package owns a file takes tens of milliseconds. */
  failure(
    state: PluginFailure,
    reason: string,
    { cause, remedy }: FailureFacts = {},
    owner: string | null = null,
  ): BlockhostError {
    const { manifest, file } = this.found;
    return new BlockhostError(`plugin.${state}`, `The plugin "${this.name}" ${SENTENCE[state]}: ${reason}`, {
      cause,
      remedy: remedy ?? this.#remedy(state),
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
    switch (state) {
      case 'invalid-manifest':
        return `Run "blockhost plugins check ${this.found.home}" to see every problem, or install a corrected package.`;
      case 'incompatible':
        return 'Install versions of the plugin and of blockhost that fit together.';
      case 'missing-dependency':
        return 'Install what is missing, then start again.';
      case 'declined':
        return 'Do what the reason asks for, then start again.';
      default:
        return this.found.manifest?.bugs
          ? 'This is a fault of the plugin: report it at the address above, or remove its package.'
          : 'This is a fault of the plugin: report it to its author, or remove its package.';
    }
  }
}

export interface FailureFacts {
  readonly cause?: unknown;
  readonly remedy?: string;
}
