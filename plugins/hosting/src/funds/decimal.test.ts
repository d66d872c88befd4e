import { expect } from 'chai';
import fc from 'fast-check';
import { formatAmount } from '../wallets/amount.js';
import { baseUnits, decimalText } from './decimal.js';

describe('a decimal of a configuration file', () => {
  it('is read from text and from numbers in the same way', () => {
    for (const [value, text] of [
      ['0.01', '0.01'],
      [0.01, '0.01'],
      [1e-7, '0.0000001'],
      [1.5e-9, '0.0000000015'],
      [2e21, '2000000000000000000000'],
      [100, '100'],
      [0, '0'],
      ['18446744073709551617', '18446744073709551617'],
    ] as const)
      expect(decimalText(value), String(value)).to.equal(text);
  });

  it('is refused when it is negative, no number, or has lost digits in the parser', () => {
    for (const value of [
      -1,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      2 ** 64,
      Number('18446744073709551617'),
      0.1 + 0.2,
      '-1',
      '+1',
      '1e3',
      '1,000',
      '1_000',
      ' 1',
      '01',
      '.5',
      '5.',
      '0x10',
      '',
      '9'.repeat(65),
      null,
      undefined,
      true,
      [1],
      { value: 1 },
    ])
      expect(decimalText(value), String(value)).to.equal(null);
  });

  it('keeps every digit near 2^64 and 10^27', () => {
    expect(baseUnits('18446744073709551615.000000000000000001', 18)).to.equal(
      18_446_744_073_709_551_615_000_000_000_000_000_001n,
    );
    expect(baseUnits('1000000000000000000000000001', 0)).to.equal(10n ** 27n + 1n);
  });

  it('is refused when it is finer than its unit, zeros at its end aside', () => {
    expect(baseUnits('0.001', 2)).to.equal(null);
    expect(baseUnits('0.010', 2)).to.equal(1n);
  });

  it('comes back as it was written', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 40n }), fc.nat(30), (amount, places) => {
        const text = formatAmount(amount, places);
        expect(decimalText(text)).to.equal(text);
        expect(baseUnits(text, places)).to.equal(amount);
      }),
    );
  });
});
