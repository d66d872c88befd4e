import { readCases } from '../contracts/vectors.js';

/** What every case of a vector file has; `expect: fail` must be refused. */
export interface VectorCase {
  readonly id: string;
  readonly expect: 'ok' | 'fail';
  readonly note?: string;
}

/** Cases of the vector file `NAME.json`; each has the members `Case` names, as texts. */
export function vectorCases<Case extends string>(
  name: string,
): readonly (VectorCase & Readonly<Partial<Record<Case, string>>>)[] {
  return readCases(name);
}

/** The sentence under which a case runs. */
export function sentenceFor({ id, expect, note }: VectorCase): string {
  return `${expect === 'ok' ? 'accepts' : 'refuses'} ${id}${note ? ` (${note})` : ''}`;
}
