import { BlockhostError, type Presence } from '@blockhost/kernel';

/** What the chain answers; throws `chain.unreachable` for whatever it does not know now, so that the look is repeated. */
export function reached<T>(answer: Presence<T>, what: string): T {
  if (answer.kind === 'present') return answer.value;
  throw new BlockhostError(
    'chain.unreachable',
    answer.kind === 'unknown' ? `${what} cannot be read now: ${answer.reason}.` : `The node lacks ${what}.`,
  );
}
