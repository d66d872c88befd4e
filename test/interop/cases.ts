import { readFileSync } from 'node:fs';

/** What every case of a vector file has; `expect: fail` must be refused. */
export interface VectorCase {
  readonly id: string;
  readonly expect: 'ok' | 'fail';
  readonly note?: string;
}

/** Cases of `test/vectors/NAME.json`; each has the members `Case` names, as texts. */
export function vectorCases<Case extends string>(
  name: string,
): readonly (VectorCase & Readonly<Partial<Record<Case, string>>>)[] {
  // Seen from test/dist/interop, where this module runs.
  const file = new URL(`../../vectors/${name}.json`, import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')).cases;
}

/** The sentence under which a case runs. */
export function sentenceFor({ id, expect, note }: VectorCase): string {
  return `${expect === 'ok' ? 'accepts' : 'refuses'} ${id}${note ? ` (${note})` : ''}`;
}
