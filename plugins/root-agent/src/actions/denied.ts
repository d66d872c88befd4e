import { BlockhostError } from '@blockhost/kernel';

/** What the agent will not do, whoever asks; told to the caller as `denied`. */
export function denied(sentence: string, remedy?: string): BlockhostError {
  return new BlockhostError('root-agent.denied', sentence, remedy === undefined ? {} : { remedy });
}
