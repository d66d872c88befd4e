import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import { expect } from 'chai';
import { encodeAbiParameters, encodeErrorResult, parseAbiParameters, RpcRequestError } from 'viem';
import { revertReason } from './revert-reason.js';

const planNotActive = encodeErrorResult({
  abi: blockhostSubscriptionsAbi,
  errorName: 'PlanNotActive',
  args: [7n],
});
const slippage = encodeErrorResult({ abi: blockhostSubscriptionsAbi, errorName: 'SlippageTooHigh' });
const saying = (words: string) =>
  `0x08c379a0${encodeAbiParameters(parseAbiParameters('string'), [words]).slice(2)}`;
const text = saying('Token does not exist');

const refusals: Readonly<Record<string, readonly [unknown, string]>> = {
  'a known error as a sentence': [planNotActive, 'plan 7 is not for sale'],
  'an error without a sentence by its name': [slippage, 'SlippageTooHigh()'],
  'a text as it stands': [text, 'Token does not exist'],
  'a hostile text in one short line that steers no terminal': [
    saying(`\u001b[2Jall is well\u202e\nreally${' '.repeat(10_000)}`),
    '?[2Jall is well?',
  ],
  'data one level deeper': [{ data: planNotActive }, 'plan 7 is not for sale'],
  'an unknown error by its selector': [
    '0xdeadbeef',
    'the contract refuses it with the unknown error 0xdeadbeef',
  ],
  'no reason at all': [undefined, 'the contract refuses it without a reason'],
};

describe('the reason of a revert', () => {
  for (const [what, [data, sentence]] of Object.entries(refusals))
    it(`shows ${what}`, () => {
      expect(revertReason(rpcError(3, 'execution reverted', data))?.sentence).to.equal(sentence);
    });

  it('is null when a node failed to answer', () => {
    expect(revertReason(rpcError(-32603, 'internal error'))).to.equal(null);
    expect(revertReason(new Error('connect ECONNREFUSED'))).to.equal(null);
  });
});

function rpcError(code: number, message: string, data?: unknown): RpcRequestError {
  return new RpcRequestError({ body: {}, url: 'http://127.0.0.1', error: { code, message, data } });
}
