import { type AbiParameter, getAddress, type Hex } from 'viem';

/** Hex digits of a word of 32 bytes, and of the 12 of them that are zero before an address. */
const WORD = 64;
const BEFORE_ADDRESS = '0'.repeat(24);

/**
 * Reads values of the types `uint256`, `address` and `bytes` as contracts compiled by Solidity write them: the heads in
 * order, then the tails in order, without gaps, padded with zeros (Solidity ABI, "Formal Specification of the Encoding").
 * Answers null for any other type or encoding: the general decoder judges those, at ten times the cost.
 */
export function readCanonical(parameters: readonly AbiParameter[], data: Hex): unknown[] | null {
  const digits = data.slice(2).toLowerCase();
  const word = (place: number) => digits.slice(place * WORD, (place + 1) * WORD);
  const values: unknown[] = [];
  let end = parameters.length;
  if (digits.length < end * WORD) return null;
  for (const [place, { type }] of parameters.entries()) {
    const head = word(place);
    if (type === 'uint256') values.push(BigInt(`0x${head}`));
    else if (type === 'address' && head.startsWith(BEFORE_ADDRESS))
      values.push(getAddress(`0x${head.slice(BEFORE_ADDRESS.length)}`));
    else if (type === 'bytes' && head === wordOf(end * 32)) {
      const length = Number(`0x${word(end) || 'none'}`);
      const start = (end + 1) * WORD;
      end += 1 + Math.ceil(length / 32);
      if (!(digits.length >= end * WORD) || /[^0]/.test(digits.slice(start + 2 * length, end * WORD)))
        return null;
      values.push(`0x${digits.slice(start, start + 2 * length)}`);
    } else return null;
  }
  return digits.length === end * WORD ? values : null;
}

const wordOf = (value: number) => value.toString(16).padStart(WORD, '0');
