/** Something wrong that the watchdog only tells of. */
export interface Finding {
  /** Name of a VM; `host` is the machine itself. */
  readonly subject: string;
  readonly kind: 'not-running' | 'agent-silent' | 'disk-full' | 'host-memory' | 'host-disk' | 'host-steal';
  readonly sentence: string;
}
