import { BlockhostError, type Presence } from '@blockhost/kernel';

/**
 * The value of an answer of the chain. What does not exist and what cannot be read now are different failures
 * (engine.md 2.3): throws `chain.absent` or `chain.unreachable`.
 */
export function answered<T>(answer: Presence<T>, what: string, remedy?: string): T {
  if (answer.kind === 'present') return answer.value;
  throw answer.kind === 'unknown'
    ? new BlockhostError('chain.unreachable', `${what} cannot be read now: ${answer.reason}.`, {
        remedy: 'This says nothing about whether it exists: try again when the chain can be reached.',
      })
    : new BlockhostError('chain.absent', `${what} does not exist.`, remedy === undefined ? {} : { remedy });
}
