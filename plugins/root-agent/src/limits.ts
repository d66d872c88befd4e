/** Bounds of the protocol (specification host.md 2.1, 2.2). */
export const LIMITS = {
  /** Bytes of a request or an answer, without its header. */
  frame: 1024 * 1024,
  /** Milliseconds from the connection to the last byte of its request. */
  readMs: 10_000,
  depth: 16,
  keys: 4_096,
  connections: 32,
  /** Accepted calls that wait for a place or for their resource. */
  queued: 64,
  /** Actions under way at the same time. */
  running: 8,
  /** Calls per second, and how many may come at once. */
  rate: 20_000,
  /** Milliseconds between SIGTERM and SIGKILL for the children of an action that took too long. */
  killAfterMs: 5_000,
  /** Milliseconds that calls under way have when the agent is told to stop. */
  drainMs: 30_000,
  /** Milliseconds in which a caller must take its answer. */
  writeMs: 10_000,
  /** Milliseconds that a caller may stay after its answer. */
  lingerMs: 1_000,
} as const;
