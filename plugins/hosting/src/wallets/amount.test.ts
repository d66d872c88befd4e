import { expect } from 'chai';
import fc from 'fast-check';
import { formatAmount, formatCents, parseAmount } from './amount.js';

describe('an amount on a command line', () => {
  for (const decimals of [18, 8, 6, 2, 0])
    it(`loses nothing with ${decimals} decimals, far beyond what a float holds`, () => {
      fc.assert(
        fc.property(fc.bigInt({ min: 1n, max: 2n ** 256n - 1n }), (amount) => {
          expect(parseAmount(formatAmount(amount, decimals), decimals)).to.equal(amount);
        }),
      );
    });

  it('is what its digits say', () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 10n ** 40n }),
        fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: 18 }),
        (whole, digits) => {
          fc.pre(whole > 0n || digits.some((digit) => digit > 0));
          const expected = whole * 10n ** 18n + BigInt(digits.join('').padEnd(18, '0'));
          expect(parseAmount(`${whole}.${digits.join('')}`, 18)).to.equal(expected);
        },
      ),
    );
  });

  it('is exact beyond 2^53', () => {
    expect(parseAmount('9007199254740993', 0)).to.equal(9_007_199_254_740_993n);
    expect(parseAmount('0.000000000000000001', 18)).to.equal(1n);
    expect(parseAmount('90071992.54740993', 8)).to.equal(9_007_199_254_740_993n);
  });

  for (const text of [
    ...['', '0', '0.0', '-1', '+1', '1e3', '1.', '.5', '01', '00.1', '1,000', '1_000', '0x10', ' 1', '1 '],
    ...['Infinity', 'NaN', '1.2.3', '١', '1\n', '1.0000000000000000001'],
  ])
    it(`is not ${JSON.stringify(text)}`, () => {
      expect(() => parseAmount(text, 18))
        .to.throw()
        .with.property('code', 'wallet.bad-amount');
    });

  it('is refused whatever else is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        fc.pre(!/^[0-9]+(\.[0-9]+)?$/.test(text));
        expect(() => parseAmount(text, 18))
          .to.throw()
          .with.property('code', 'wallet.bad-amount');
      }),
    );
  });

  it('has no digit behind the point that the token lacks', () => {
    expect(() => parseAmount('0.1234567', 6)).to.throw('has 7 digits behind the point');
    expect(() => parseAmount('0.10', 1)).to.throw('has 2 digits behind the point');
  });

  it('reads as people write it', () => {
    expect(formatAmount(1_500_000n, 6)).to.equal('1.5');
    expect(formatAmount(0n, 18)).to.equal('0');
    expect(formatAmount(7n, 0)).to.equal('7');
    expect(formatAmount(1n, 8)).to.equal('0.00000001');
    expect([formatCents(0n), formatCents(5n), formatCents(123_456n)]).to.deep.equal([
      '$0.00',
      '$0.05',
      '$1234.56',
    ]);
  });
});
