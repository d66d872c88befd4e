import { hasCode, isBlockhostError } from '@blockhost/kernel';
import { LIMITS } from './limits.js';

/** Why a call failed (specification host.md 2.1). */
export type AnswerCode =
  | 'unknown_action'
  | 'invalid_params'
  | 'denied'
  | 'busy'
  | 'timeout'
  | 'failed'
  | 'too_large'
  | 'internal';

export interface Failure {
  readonly ok: false;
  readonly code: AnswerCode;
  /** A sentence for people, without contents of files, keys or stack traces. */
  readonly error: string;
}

export type Answer = Failure | { readonly ok: true; readonly [name: string]: unknown };

export const failure = (code: AnswerCode, error: string): Failure => ({ ok: false, code, error });

/** What the caller is told of an error that an action threw: the sentence meant for people, or none at all. */
export function failureOf(error: unknown): Failure {
  if (!isBlockhostError(error))
    return failure('internal', 'The action failed unexpectedly: see the log of the root agent.');
  const remedy = error.remedy === undefined ? '' : ` ${error.remedy}`;
  const sentence = `${error.sentence}${remedy}`;
  if (hasCode(error, 'root-agent.denied')) return failure('denied', sentence);
  if (hasCode(error, 'root-agent.invalid-params')) return failure('invalid_params', sentence);
  return failure('failed', sentence);
}

/** The answer as JSON, once it fits into a frame. */
export function answerText(answer: Answer): string {
  let text: string;
  try {
    text = JSON.stringify(answer);
  } catch {
    return JSON.stringify(failure('internal', 'The action gave an answer that is no JSON.'));
  }
  if (Buffer.byteLength(text) <= LIMITS.frame) return text;
  return JSON.stringify(failure('too_large', 'The action is done, but its answer is larger than 1 MiB.'));
}
