/**
 * Work that comes round beside the pipeline: reconciler, fund cycle, gas check, care for all VMs. It runs alone: never while the pipeline is
 * at work, never beside another task. When it is due is durable, so that a restart neither skips nor repeats it.
 */
export interface Task {
  /** For log and health: `fund-cycle`. */
  readonly name: string;
  /** Time between two runs in milliseconds, from the settings as they are now. */
  intervalMs(): Promise<number>;
  /** When it is due next, in milliseconds since the epoch; a clock that was set back makes it due. */
  dueAt(): Promise<number>;
  /** Runs once and records when it is due again, also after a failure, which it throws. */
  run(signal: AbortSignal): Promise<void>;
}
