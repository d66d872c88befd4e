import {
  BlockhostError,
  type Exec,
  type ExecResult,
  type ForeignManifest,
  type Logger,
  type Paths,
} from '@blockhost/kernel';
import { executable } from './executable.js';

/** Milliseconds each verb may take (specification provisioners.md 2.1). */
const TIMEOUTS = {
  create: 900_000,
  destroy: 300_000,
  start: 120_000,
  stop: 330_000,
  kill: 60_000,
  status: 10_000,
  list: 30_000,
  'build-template': 1_800_000,
  metrics: 10_000,
  throttle: 30_000,
  'update-gecos': 30_000,
  'guest-exec': 150_000,
} as const;

export type Verb = keyof typeof TIMEOUTS;

export interface VerbOptions {
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
  readonly env?: Readonly<Record<string, string>>;
  readonly onProgress?: (line: string) => void;
}

/** The executables of one foreign manifest. */
export class Verbs {
  constructor(
    private readonly foreign: ForeignManifest,
    private readonly exec: Exec,
    private readonly paths: Paths,
    private readonly log: Logger,
  ) {}

  /** The manifest's executable of a verb; throws `port.not-supported` when it names none. */
  require(verb: Verb): string {
    const { name, commands } = this.foreign.manifest;
    const command = commands?.[verb];
    if (command !== undefined) return command;
    throw new BlockhostError('port.not-supported', `The provisioner ${name} has no verb ${verb}.`, {
      remedy: `Use a provisioner whose manifest names an executable for ${verb}.`,
      exitCode: 5,
    });
  }

  /** Runs a verb; throws `port.not-supported` for one that the manifest does not name. Every exit code is an answer. */
  async run(verb: Verb, args: readonly string[], options: VerbOptions = {}): Promise<ExecResult> {
    return this.call(this.require(verb), args, { timeoutMs: TIMEOUTS[verb], ...options }, verb);
  }

  /** Runs another executable of the manifest, such as `setup.detect`. */
  async call(
    command: string,
    args: readonly string[],
    { timeoutMs, signal, env, onProgress }: VerbOptions & { readonly timeoutMs: number },
    verb: string,
  ): Promise<ExecResult> {
    const result = await this.exec.run([await executable(command, this.paths), ...args], {
      timeoutMs,
      // A development root is part of where the executable finds the host's files.
      env: { ...(this.paths.root === '/' ? {} : { BLOCKHOST_ROOT: this.paths.root }), ...env },
      ...(signal && { signal }),
      ...(onProgress && { onProgress }),
    });
    this.log.debug('verb ended', {
      verb,
      vm: args[0],
      code: result.code,
      signal: result.signal,
      timed_out: result.timedOut,
      stderr: result.stderr.slice(-2_000),
    });
    return result;
  }
}
