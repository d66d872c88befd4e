import type { ExecResult } from '@blockhost/kernel';
import { expect } from 'chai';

/** The command did it and printed exactly these lines; `/…/` where a line cannot be foretold. */
export function expectLines(result: ExecResult, ...lines: readonly (string | RegExp)[]): string[] {
  expect(result.code, result.stderr).to.equal(0);
  const printed = result.stdout === '' ? [] : result.stdout.replace(/\n$/, '').split('\n');
  expect(printed, result.stdout).to.have.lengthOf(lines.length);
  for (const [place, line] of lines.entries())
    if (typeof line === 'string') expect(printed[place]).to.equal(line);
    else expect(printed[place]).to.match(line);
  return printed;
}

export const hash = /^0x[0-9a-f]{64}$/;
