import { sentenceOf } from '@blockhost/kernel';

const LONGEST = 500;

/**
 * Why something failed, short enough for a log and free of what was stored: the database's own errors begin with the whole
 * statement, values and all, before a dash and the reason.
 */
export function shortReason(error: unknown): string {
  const sentence = sentenceOf(error);
  const code = String((error as { code?: unknown } | null)?.code ?? '');
  return (code.startsWith('SQLITE_') ? sentence.slice(sentence.lastIndexOf(' - ') + 3) : sentence).slice(
    0,
    LONGEST,
  );
}
