import type { Logger } from '../ports/logger.js';

/** Entry `daemons`: a class whose instance runs until it is told to stop. */
export interface Daemon {
  /** Resolves when ready to serve; the work goes on in the background until `context.signal` aborts. */
  start(context: DaemonContext): Promise<void>;
  health(): Promise<DaemonHealth>;
  /** Finishes or safely suspends what runs; must end within {@link stopWithinMs}. */
  stop(): Promise<void>;
  /** Milliseconds; 20,000 unless told. */
  readonly stopWithinMs?: number;
}

export interface DaemonContext {
  readonly signal: AbortSignal;
  readonly log: Logger;
  /** One line for `systemctl status`. */
  status(line: string): void;
  /** The background work is broken for good: the process ends with this error. */
  fail(error: unknown): void;
}

export interface DaemonHealth {
  readonly healthy: boolean;
  readonly reason?: string;
  readonly facts?: Readonly<Record<string, string | number>>;
}
