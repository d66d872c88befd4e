import { shown } from './printable.js';
import type { Finding } from './problem.js';
import { childrenAt, textsAt } from './value-at.js';

/** The patterns a manifest brings: `constraints` of an engine, `chains` of a broker (specification engine.md 1). */
export function checkPatterns(manifest: object): Finding[] {
  const patterns = [
    ...textsAt(manifest, '/constraints').filter(({ key }) => key.endsWith('_pattern')),
    ...childrenAt(manifest, '/chains').flatMap(({ pointer }) =>
      textsAt(manifest, pointer).filter(
        ({ key }) => key === 'wallet_pattern' || key === 'contract_validation',
      ),
    ),
  ];
  return patterns.flatMap(({ pointer, value }) => {
    const problem = patternProblem(value);
    return problem === null ? [] : [{ pointer, found: shown(value), expected: `${shown(value)} ${problem}` }];
  });
}

/**
 * Why a pattern must not be applied to what strangers type, or null: it has to match whole values, in a time that grows
 * with their length only.
 */
export function patternProblem(pattern: string): string | null {
  try {
    new RegExp(pattern, 'u');
  } catch {
    return 'is not a regular expression.';
  }
  const groups: { repeats: boolean }[] = [{ repeats: false }];
  for (let at = 0; at < pattern.length; at++) {
    const rest = pattern.slice(at, at + 4);
    const group = groups.at(-1) ?? { repeats: false };
    if (rest.startsWith('\\')) {
      if (/^\\[1-9k]/.test(rest)) return 'has a back-reference, which may take exponential time.';
      at += 1;
    } else if (rest.startsWith('[')) {
      at = endOfClass(pattern, at);
    } else if (rest.startsWith('(')) {
      if (/^\(\?<?[=!]/.test(rest)) return 'has a look-around, which is not allowed here.';
      groups.push({ repeats: false });
    } else if (rest.startsWith(')')) {
      const inner = groups.pop();
      const outer = groups.at(-1);
      if (inner?.repeats && outer) outer.repeats = true;
      if (inner?.repeats && endless(pattern.slice(at + 1)))
        return 'repeats a group that repeats itself, which may take exponential time.';
    } else if (rest.startsWith('|') && groups.length === 1) {
      return 'is not anchored: put its alternatives in a group, "^(a|b)$".';
    } else if (endless(pattern.slice(at, at + 8))) {
      group.repeats = true;
    }
  }
  if (!pattern.startsWith('^') || !/(?:^|[^\\])(?:\\\\)*\$$/.test(pattern))
    return `is not anchored. Write ${shown(`^${pattern.replace(/^\^|\$$/g, '')}$`)}.`;
  return null;
}

/** A quantifier without an upper bound. */
function endless(text: string): boolean {
  return /^(?:[*+]|\{\d+,\})/.test(text);
}

function endOfClass(pattern: string, start: number): number {
  for (let at = start + 1; at < pattern.length; at++) {
    if (pattern[at] === '\\') at += 1;
    else if (pattern[at] === ']') return at;
  }
  return pattern.length;
}
