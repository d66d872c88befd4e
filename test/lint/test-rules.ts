import { isTest, type SourceFile, type Violation } from './source-file.js';

const ONLY = /\b(?:it|describe|context|specify)\.only\(/;
const SKIP = /\b(?:it|describe|context|specify)\.skip\(\s*(['"`])((?:(?!\1).)*)\1/g;

/** Tests that hide others, or themselves without saying why. */
export function testViolations({ path, code }: SourceFile): Violation[] {
  if (!isTest(path)) return [];
  const violations: Violation[] = [];
  if (ONLY.test(code)) violations.push({ path, message: 'runs only some of its cases. Remove ".only".' });
  for (const [, , name = ''] of code.matchAll(SKIP))
    if (!/\bbecause\b/.test(name))
      violations.push({
        path,
        message: `skips "${name}" without a reason. Write "… because …" into its name.`,
      });
  return violations;
}
