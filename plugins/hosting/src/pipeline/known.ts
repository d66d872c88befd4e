import { BlockhostError, type Presence } from '@blockhost/kernel';

/** What a provisioner or an engine does not know for certain is asked again later, never guessed. */
export function known<T>(answer: Presence<T>, what: string): T {
  if (answer.kind === 'present') return answer.value;
  throw new BlockhostError(
    answer.kind === 'unknown' ? 'pipeline.unreachable' : 'pipeline.absent',
    answer.kind === 'unknown' ? `${what} cannot be read now: ${answer.reason}.` : `${what} does not exist.`,
  );
}

/** Time of the chain as the text of a record. */
export function isoSeconds(epochSeconds: number): string {
  return new Date(epochSeconds * 1000).toISOString();
}
