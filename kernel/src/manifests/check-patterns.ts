import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, textsAt } from './value-at.js';
import { wrongValue } from './wrong-value.js';

/** The patterns a manifest brings: `constraints` of an engine, `chains` of a broker (specification engine.md 1). */
export function checkPatterns(manifest: object): Finding[] {
  const patterns = [
    ...textsAt(manifest, '/constraints').filter(({ key }) => key.endsWith('_pattern')),
    ...childrenAt(manifest, '/chains').flatMap(({ pointer }) =>
      textsAt(manifest, pointer).filter(({ key }) => /^(wallet_pattern|contract_validation)$/.test(key)),
    ),
  ];
  return patterns.flatMap((pattern) => {
    const problem = patternProblem(pattern.value);
    return problem === null ? [] : [wrongValue(pattern, problem)];
  });
}

/** Names a form; the checks below take time that grows with its square. */
const LONGEST = 1_000;

/**
 * Why a pattern must not be applied to what strangers type, or null: it has to match whole values, in a time that grows
 * with their length only.
 */
export function patternProblem(pattern: string): string | null {
  if (pattern.length > LONGEST) return `is longer than ${LONGEST} characters.`;
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'is not a regular expression.';
  }
  // Escapes and classes each match one character: what is left are groups, quantifiers, alternatives and anchors.
  const bare = pattern.replace(/\\(?![1-9k])./gu, 'x').replace(/\[(?:\\.|[^\]\\])*\]/g, 'x');
  if (bare.includes('\\')) return 'has a back-reference, which may take exponential time.';
  if (/\(\?<?[=!]/.test(bare)) return 'has a look-around, which is not allowed here.';

  // From the innermost group outwards: one that repeats something becomes such a repetition itself.
  let rest = bare;
  for (let group = INNERMOST.exec(rest); group; group = INNERMOST.exec(rest)) {
    const repeats = ENDLESS.test(group[1] ?? '');
    if (repeats && group[2]) return 'repeats a group that repeats itself, which may take exponential time.';
    rest = rest.replace(group[0], repeats || group[2] ? 'x*' : 'x');
  }
  if (rest.includes('|')) return 'is not anchored: put its alternatives in a group, "^(a|b)$".';
  if (!rest.startsWith('^') || !rest.endsWith('$'))
    return `is not anchored. Write ${shown(`^${pattern.replace(/^\^|\$$/g, '')}$`)}.`;
  return null;
}

/** A quantifier without an upper bound. */
const ENDLESS = /[*+]|\{\d+,\}/;
const INNERMOST = /\(([^()]*)\)([*+]|\{\d+,\})?/;
