import { isBlockhostError } from '@blockhost/kernel';
import {
  BaseError,
  ContractFunctionRevertedError,
  ContractFunctionZeroDataError,
  HttpRequestError,
  ResponseBodyTooLargeError,
  RpcRequestError,
} from 'viem';
import { foreignText } from './foreign-text.js';

/** An answer, not a failure to answer: asking another node would bring the same. */
export function isAnswer(error: unknown): boolean {
  return isBlockhostError(error) || revertOf(error)?.data !== undefined;
}

/**
 * The contract's refusal, when `error` is one. Without `data` it may as well be a node's internal error, which the chain
 * library reports in the same way.
 */
export function revertOf(error: unknown): ContractFunctionRevertedError | null {
  return innermost(error, (inner) => inner instanceof ContractFunctionRevertedError);
}

/** Nobody answered the call: there is no contract, or none with this function. */
export function isNoContract(error: unknown): boolean {
  return innermost(error, (inner) => inner instanceof ContractFunctionZeroDataError) !== null;
}

/** A contract was called and refused without a word, as those do that have no such function. */
export function isBareRevert(error: unknown): boolean {
  return /^(VM )?execution reverted\.?$/i.test(rpcErrorOf(error)?.details ?? '');
}

export function rpcErrorOf(error: unknown): RpcRequestError | null {
  return innermost(error, (inner) => inner instanceof RpcRequestError);
}

/** What an RPC provider says when the asked span of blocks or its answer is too large for it. */
const tooLarge =
  /(block|log|query)s? ?range|range (is )?(too|exceeds)|too (many|large)|limit exceeded|exceeds? (the )?(max|limit)|more than \d+|up to a \d+|response size|query timeout/i;

export function isRangeTooLarge(error: unknown): boolean {
  if (innermost(error, (inner) => inner instanceof ResponseBodyTooLargeError)) return true;
  const refused = rpcErrorOf(error);
  if (refused) return refused.code === -32005 || tooLarge.test(refused.details);
  return httpErrorOf(error)?.status === 413;
}

/** One sentence without the URL, which may hold a password or an API key. */
export function reasonOf(error: unknown): string {
  const http = httpErrorOf(error);
  const text = http
    ? http.status === undefined
      ? deepest(http)
      : `it answers HTTP ${http.status}`
    : (rpcErrorOf(error)?.details ?? (error instanceof BaseError ? error.shortMessage : deepest(error)));
  return foreignText(text.replace(/\w+:\/\/\S+/g, '[url]'));
}

function httpErrorOf(error: unknown): HttpRequestError | null {
  return innermost(error, (inner) => inner instanceof HttpRequestError);
}

function innermost<T extends Error>(error: unknown, is: (inner: unknown) => inner is T): T | null {
  if (!(error instanceof BaseError)) return null;
  return error.walk(is) as T | null;
}

/** `fetch failed` says nothing; the last cause does (`connect ECONNREFUSED 127.0.0.1:8545`). */
function deepest(error: unknown): string {
  let inner = error;
  while (inner instanceof Error && inner.cause !== undefined) inner = inner.cause;
  return inner instanceof Error ? inner.message || inner.name : String(inner);
}
