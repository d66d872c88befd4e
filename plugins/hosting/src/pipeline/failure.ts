import { hasCode } from '@blockhost/kernel';

/** What follows from a failed try of a stage. */
export type Verdict =
  /** No retry mends it. */
  | 'permanent'
  /** Somebody or something outside is away: keep trying, however long. */
  | 'wait'
  /** As `wait`, but only a person can mend it. */
  | 'wait-for-operator'
  | 'retry';

const PERMANENT = [
  'pipeline.mint-refused',
  'pipeline.undecryptable',
  'pipeline.vm-destroyed',
  'provisioner.name-taken',
  'provisioner.invalid-spec',
  'vm-store.name-taken',
];

const WAIT = [
  'chain.unreachable',
  'chain.transaction-pending',
  'chain.wallet-busy',
  'lock.busy',
  'pipeline.stuck',
  'pipeline.unreachable',
  'provisioner.unreachable',
];

/** What was paid for is kept until somebody sends coin, frees addresses or room, brings the key back, mends a file, a disk or a node. */
const OPERATOR = [
  'chain.insufficient-funds',
  'config.invalid',
  'config.missing',
  'file.unwritable',
  'pipeline.no-server-key',
  'pipeline.not-on-chain',
  'provisioner.no-bridge',
  'provisioner.no-memory',
  'provisioner.no-space',
  'provisioner.no-template',
  'provisioner.no-virtualization',
  'store.unwritable',
  'vm-store.no-pool',
  'vm-store.pool-exhausted',
  'wallet.wrong-key',
];

export function verdictOn(error: unknown): Verdict {
  if (PERMANENT.some((code) => hasCode(error, code))) return 'permanent';
  if (OPERATOR.some((code) => hasCode(error, code))) return 'wait-for-operator';
  if (WAIT.some((code) => hasCode(error, code))) return 'wait';
  return 'retry';
}

/** Pause of an entry that waits for something outside once the usual delays are used up. */
export const LONG_PAUSE_MS = 300_000;
