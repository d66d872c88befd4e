import { expect } from 'chai';
import { type BlockhostError, isBlockhostError } from '../errors/blockhost-error.js';

/** The error that `answer` rejects with; fails unless it is the one error of the system with this code and a remedy. */
export async function expectRefusal(answer: Promise<unknown>, code: string): Promise<BlockhostError> {
  const error: unknown = await answer.then(
    (value) => expect.fail(`answered ${JSON.stringify(value)} instead of refusing with ${code}`),
    (thrown: unknown) => thrown,
  );
  if (!isBlockhostError(error)) throw error;
  expect(error.code, error.toHelp()).to.equal(code);
  return error;
}
