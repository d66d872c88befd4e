import { expect } from 'chai';
import fc from 'fast-check';
import { parseRatios, splitShares } from './split-shares.js';

const ratios = fc.array(fc.bigInt({ min: 1n, max: 10n ** 18n - 1n }), { minLength: 2, maxLength: 20 });

describe('a split', () => {
  it('sums exactly to the total and is never less than a part rounded down', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n }), ratios, (total, parts) => {
        const shares = splitShares(total, parts);
        const sum = parts.reduce((all, part) => all + part);
        expect(shares.reduce((all, share) => all + share)).to.equal(total);
        for (const [place, share] of shares.entries())
          expect(share >= (total * (parts[place] ?? 0n)) / sum).to.equal(true);
      }),
    );
  });

  it('gives what rounding leaves to the last', () => {
    expect(splitShares(100n, [1n, 1n, 1n])).to.deep.equal([33n, 33n, 34n]);
    expect(splitShares(10n, [60n, 40n])).to.deep.equal([6n, 4n]);
  });

  it('takes parts with slashes or commas', () => {
    expect(parseRatios('60/40', 2)).to.deep.equal([60n, 40n]);
    expect(parseRatios('1,2,1', 3)).to.deep.equal([1n, 2n, 1n]);
  });

  for (const [text, recipients] of [
    ['60/40', 3],
    ['1', 2],
    ['0/100', 2],
    ['-1/2', 2],
    ['1.5/2', 2],
    ['1/2,3', 2],
    ['1//2', 3],
    ['', 2],
    ['1e2/3', 2],
  ] as const)
    it(`is not "${text}" among ${recipients}`, () => {
      expect(() => parseRatios(text, recipients))
        .to.throw()
        .with.property('code', 'wallet.bad-ratios');
    });
});
