import { KERNEL_VERSION } from '../version.js';
import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { Range } from './semver.js';
import { textsAt } from './value-at.js';

/** Ranges of versions must say where they end: what a next breaking version does, nobody has seen. */
export function checkRanges(manifest: object): Finding[] {
  const kernel = textsAt(manifest, '/requires').filter(({ key }) => key === 'kernel');
  const plugins = textsAt(manifest, '/requires/plugins');
  return [
    ...kernel.flatMap(({ pointer, value }) => checkRange(pointer, value, currentLevel())),
    ...plugins.flatMap(({ pointer, value }) => checkRange(pointer, value, '^1.0')),
  ];
}

function checkRange(pointer: string, range: string, example: string): Finding[] {
  if (usual.test(range)) return [];
  const found = shown(range);
  const alternatives = alternativesOf(range);
  if (alternatives?.every((alternative) => alternative)) return [];
  if (alternatives === null)
    return [{ pointer, found, expected: `${found} is not a version range. Write "${example}".` }];
  const level = /[1-9]\d*\.\d+/.exec(range)?.[0] ?? /[1-9]\d*/.exec(range)?.[0].concat('.0');
  const write = level === undefined ? example : `^${level}`;
  const expected = `${found} is not a version range that names a breaking level. Write "${write}".`;
  return [{ pointer, found, expected }];
}

/** What nearly every range looks like; parsing the others takes longer than all other checks of a manifest. */
const usual = /^[\^~]\d{1,9}\.\d{1,9}(?:\.\d{1,9})?$/;

/** Of each alternative of a range, whether it has a lower bound with major and minor, and an upper one; null: no range. */
function alternativesOf(text: string): boolean[] | null {
  let range: Range;
  try {
    range = new Range(text);
  } catch {
    return null;
  }
  return range.set.map((comparators) => {
    // An empty value is what semver makes of "any version".
    const has = (...operators: string[]) =>
      comparators.some(({ operator, value }) => value !== '' && operators.includes(operator));
    return /\d\.\d/.test(text) && has('', '>', '>=') && has('', '<', '<=');
  });
}

function currentLevel(): string {
  return `^${KERNEL_VERSION.split('.').slice(0, 2).join('.')}`;
}
