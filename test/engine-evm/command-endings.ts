import type { ExecResult } from '@blockhost/kernel';
import { expect } from 'chai';

/** The command failed, said why, and gave no result. */
export function expectFailure(result: ExecResult, code: number, text: RegExp | string): void {
  expect(result.code, result.stderr).to.equal(code);
  expect(result.stdout).to.equal('');
  expect(result.stderr).to.match(typeof text === 'string' ? new RegExp(text) : text);
}

/** The command ended with 3 and the hash of its transaction, which is the answer. */
export function expectPending(result: ExecResult): string {
  expect(result.code, result.stderr).to.equal(3);
  expect(result.stdout).to.match(/^0x[0-9a-f]{64}\n$/);
  expect(result.stderr).to.match(/^pending: /);
  return result.stdout.trim();
}
