import { expect } from 'chai';
import fc from 'fast-check';
import { type AbiParameter, decodeAbiParameters, encodeAbiParameters, getAddress, type Hex } from 'viem';
import { readCanonical } from './canonical-abi.js';

const hex = (options: { readonly minLength?: number; readonly maxLength: number }) =>
  fc.uint8Array(options).map((bytes): Hex => `0x${Buffer.from(bytes).toString('hex')}`);
const typed = fc.oneof(
  fc.bigInt(0n, 2n ** 256n - 1n).map((value) => ({ type: 'uint256', value: value as unknown })),
  hex({ minLength: 20, maxLength: 20 }).map((value) => ({
    type: 'address',
    value: getAddress(value) as unknown,
  })),
  hex({ maxLength: 100 }).map((value) => ({ type: 'bytes', value: value as unknown })),
);
const encoded = fc.array(typed, { minLength: 1, maxLength: 6 }).map((given) => {
  const parameters: AbiParameter[] = given.map(({ type }) => ({ type }));
  const values = given.map(({ value }) => value);
  return { parameters, values, data: encodeAbiParameters(parameters, values) };
});

describe('reading canonical ABI data', () => {
  it('answers every value that was encoded, as the general decoder does', () => {
    fc.assert(
      fc.property(encoded, ({ parameters, values, data }) => {
        expect(readCanonical(parameters, data)).to.deep.equal(values);
        expect(decodeAbiParameters(parameters, data)).to.deep.equal(values);
      }),
    );
  });

  it('answers of changed data what the general decoder does, or nothing', () => {
    const changed = fc
      .tuple(encoded, fc.nat(), fc.nat(255), fc.nat(70))
      .map(([{ parameters, data }, at, byte, cut]) => {
        const bytes = Buffer.from(data.slice(2), 'hex');
        bytes[at % bytes.length] = byte;
        const kept = cut > 64 ? bytes : bytes.subarray(0, Math.max(0, bytes.length - cut));
        return { parameters, data: `0x${kept.toString('hex')}` as Hex };
      });
    fc.assert(
      fc.property(changed, ({ parameters, data }) => {
        const read = readCanonical(parameters, data);
        if (read !== null) expect(decodeAbiParameters(parameters, data)).to.deep.equal(read);
      }),
      { numRuns: 500 },
    );
  });

  it('leaves other types, and data that is too long, to the general decoder', () => {
    const flag = encodeAbiParameters([{ type: 'bool' }], [true]);
    expect(readCanonical([{ type: 'bool' }], flag)).to.equal(null);
    const number = encodeAbiParameters([{ type: 'uint256' }], [1n]);
    expect(readCanonical([{ type: 'uint256' }], `${number}00`)).to.equal(null);
  });
});
