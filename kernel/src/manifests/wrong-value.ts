import { nearest } from './nearest.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import type { Located } from './value-at.js';

/** The finding that a value is wrong: `sentence` goes on from it; `names` are those it may be a misspelling of. */
export function wrongValue(
  { pointer, value }: Pick<Located, 'pointer' | 'value'>,
  sentence: string,
  names: Iterable<string> = [],
): Finding {
  const near = typeof value === 'string' ? nearest(value, names) : undefined;
  const found = shown(value);
  return { pointer, found, expected: `${found} ${sentence}`, ...(near !== undefined && { nearest: near }) };
}
