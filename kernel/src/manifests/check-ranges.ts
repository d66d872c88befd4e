import { KERNEL_VERSION } from '../version.js';
import type { Finding } from './problem.js';
import { Range } from './semver.js';
import { type LocatedText, textsAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** Ranges of versions must say where they end: what a next breaking version does, nobody has seen. */
export function checkRanges(manifest: object): Finding[] {
  const kernel = textsAt(manifest, '/requires').filter(({ key }) => key === 'kernel');
  const level = /^\d+\.\d+/.exec(KERNEL_VERSION)?.[0];
  return [
    ...kernel.flatMap((range) => checkRange(range, `^${level}`)),
    ...textsAt(manifest, '/requires/plugins').flatMap((range) => checkRange(range, '^1.0')),
  ];
}

/** What nearly every range looks like; parsing the others takes longer than all other checks of a manifest. */
const USUAL = /^[\^~]\d{1,9}\.\d{1,9}(?:\.\d{1,9})?$/;

function checkRange(text: LocatedText, example: string): Finding[] {
  if (USUAL.test(text.value)) return [];
  let range: Range;
  try {
    range = new Range(text.value);
  } catch {
    return [wrongValue(text, `is not a version range. Write "${example}".`)];
  }
  if (namesLevels(range)) return [];
  const level = /[1-9]\d*\.\d+/.exec(text.value)?.[0] ?? /[1-9]\d*/.exec(text.value)?.[0].concat('.0');
  const write = level === undefined ? example : `^${level}`;
  return [wrongValue(text, `is not a version range that names a breaking level. Write "${write}".`)];
}

/** Whether each alternative has a lower bound with major and minor, and an upper one. */
function namesLevels({ set, raw }: Range): boolean {
  return set.every((comparators) => {
    // An empty value is what semver makes of "any version".
    const has = (...operators: string[]) =>
      comparators.some(({ operator, value }) => value !== '' && operators.includes(operator));
    return /\d\.\d/.test(raw) && has('', '>', '>=') && has('', '<', '<=');
  });
}
