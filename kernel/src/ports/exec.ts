import { serviceToken } from './token.js';

export interface ExecOptions {
  readonly cwd?: string;
  /** The whole environment of the child, added to the fixed short list (`PATH`, `LANG`, `HOME`, `BLOCKHOST_*`). */
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string | Uint8Array;
  /** Milliseconds; then SIGTERM to the process group, 10 s, SIGKILL. Required: nothing runs without a bound. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Called for each complete line of stderr while the child runs. */
  readonly onProgress?: (line: string) => void;
}

export interface ExecResult {
  /** Exit code; null when a signal ended the child. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  /** True when the time limit ended it: the outcome of what it did is unknown. */
  readonly timedOut: boolean;
  /** At most 1 MiB. */
  readonly stdout: string;
  /** True when the child wrote more: a list in it is incomplete. */
  readonly stdoutTruncated?: boolean;
  /** The last 64 KiB. */
  readonly stderr: string;
}

/** Child processes from argument vectors, never a shell (specification provisioners.md 2.1). */
export interface Exec {
  /** Runs to the end; answers every exit code. Throws `exec.not-found` or `exec.not-executable` only. */
  run(argv: readonly [string, ...string[]], options: ExecOptions): Promise<ExecResult>;
}

export const EXEC = serviceToken<Exec>('exec');
