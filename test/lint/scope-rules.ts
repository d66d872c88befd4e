import type { SourceFile, Violation } from './source-file.js';

/**
 * What a scope holds until its end is given back before a promise that is returned from it has settled: a lock would
 * protect nothing. So who holds something by `using`, or gives it back in `finally`, awaits what it returns.
 */
export function scopeViolations({ path, code }: SourceFile): Violation[] {
  const lines = code.split('\n');
  const indent = (line: string) => line.length - line.trimStart().length;
  return lines.flatMap((line, index) => {
    if (!/\busing \w+ =/.test(line) && !/^\s*try \{$/.test(line)) return [];
    const isTry = /^\s*try \{$/.test(line);
    const inside = indent(line) + (isTry ? 2 : 0);
    const end = lines.findIndex((each, at) => at > index && each.trim() !== '' && indent(each) < inside);
    const scope = lines.slice(index + 1, end === -1 ? undefined : end);
    if (isTry && !hasFinally(lines.slice(end), indent(line))) return [];
    return scope
      .filter(
        (each) => indent(each) === inside && /^\s*return (?!await\b)(?:\w+\.)*\w+\(.*async\b/.test(each),
      )
      .map((each) => ({
        path,
        message: `lets go of what it holds before "${each.trim()}" has settled. Write "return await".`,
      }));
  });
}

/** Whether the `try` that ends here goes on with a `finally`. */
function hasFinally(rest: readonly string[], depth: number): boolean {
  for (const line of rest) {
    if (line.trim() === '' || line.length - line.trimStart().length > depth) continue;
    if (/^\s*\} finally \{$/.test(line)) return true;
    if (!/^\s*\} catch/.test(line)) return false;
  }
  return false;
}
