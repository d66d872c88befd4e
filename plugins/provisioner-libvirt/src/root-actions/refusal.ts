import { BlockhostError } from '@blockhost/kernel';

/** What these actions will not do, whoever asks. */
export function denied(sentence: string, remedy?: string): BlockhostError {
  return new BlockhostError('root-agent.denied', sentence, remedy === undefined ? {} : { remedy });
}

/** What was tried and failed: the sentence goes to the caller. */
export function failed(sentence: string, cause?: unknown): BlockhostError {
  return new BlockhostError('libvirt.failed', sentence, cause === undefined ? {} : { cause });
}
