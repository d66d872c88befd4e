import { BlockhostError, type Presence } from '@blockhost/kernel';

/** The value of an answer, null when absent; what is unknown ends the task, to be tried again. */
export function known<T>(what: string, answer: Presence<T>): T | null {
  if (answer.kind === 'present') return answer.value;
  if (answer.kind === 'absent') return null;
  throw new BlockhostError('chain.unreachable', `${what} cannot be read from the chain: ${answer.reason}`, {
    remedy: 'Check the RPC node and run the same again.',
  });
}
