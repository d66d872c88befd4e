import { hasCode } from '@blockhost/kernel';

/** What follows from a failed try of a stage. */
export type Verdict =
  /** No retry mends it. */
  | 'permanent'
  /** Somebody or something outside is away: keep trying, however long. */
  | 'wait'
  | 'retry';

const PERMANENT = [
  'pipeline.undecryptable',
  'pipeline.vm-destroyed',
  'provisioner.name-taken',
  'provisioner.invalid-spec',
  'vm-store.name-taken',
];

const WAIT = [
  'chain.unreachable',
  'chain.transaction-pending',
  'lock.busy',
  'pipeline.no-server-key',
  'pipeline.unreachable',
];

export function verdictOn(error: unknown): Verdict {
  if (PERMANENT.some((code) => hasCode(error, code))) return 'permanent';
  if (WAIT.some((code) => hasCode(error, code))) return 'wait';
  return 'retry';
}

/** Pause of an entry that waits for something outside once the usual delays are used up. */
export const LONG_PAUSE_MS = 300_000;
