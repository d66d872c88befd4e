import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseRevenueShare, shareOut } from './revenue-share.js';

const bps = (...parts: readonly number[]) => ({
  enabled: true,
  total_bps: parts.reduce((sum, one) => sum + one, 0),
  recipients: parts.map((one, index) => ({ role: `r${index}`, bps: one })),
});
const percent = (total_percent: number, ...parts: readonly number[]) => ({
  enabled: true,
  total_percent,
  recipients: parts.map((one, index) => ({ role: `r${index}`, percent: one })),
});
const parts = (file: Parameters<typeof parseRevenueShare>[0]) =>
  parseRevenueShare(file)?.recipients.map((one) => Number(one.bps));

const someBps = fc
  .array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 10 })
  .map((list) => list as readonly number[]);
/** Around the borders of machine words and of tokens with many digits. */
const money = fc.oneof(
  fc.bigInt({ min: 0n, max: 100_000n }),
  fc.bigInt({ min: 2n ** 64n - 1_000n, max: 2n ** 64n + 1_000n }),
  fc.bigInt({ min: 10n ** 27n - 1_000n, max: 10n ** 27n + 1_000n }),
);

describe('a revenue share', () => {
  it('pays out exactly the pool, whatever the amount and the parts', () => {
    fc.assert(
      fc.property(someBps, money, (list, revenue) => {
        const rule = parseRevenueShare(bps(...list));
        if (!rule) throw new Error('there is nothing to share');
        const shares = shareOut(revenue, rule);
        const pool = (revenue * rule.totalBps) / 10_000n;
        expect(shares.reduce((sum, { amount }) => sum + amount, 0n)).to.equal(pool);
        for (const [index, { amount }] of shares.slice(0, -1).entries())
          expect(amount).to.equal((pool * BigInt(list[index] ?? 0)) / rule.totalBps);
        expect(shares.every(({ amount }) => amount >= 0n)).to.equal(true);
      }),
    );
  });

  it('gives the dust to the last', () => {
    const rule = parseRevenueShare(bps(3_333, 3_333, 3_334));
    if (!rule) throw new Error('there is nothing to share');
    expect(shareOut(10n, rule).map(({ amount }) => amount)).to.deep.equal([3n, 3n, 4n]);
    expect(shareOut(2n, rule).map(({ amount }) => amount)).to.deep.equal([0n, 0n, 2n]);
  });

  it('means the same in percent and in basis points', () => {
    fc.assert(
      fc.property(someBps, (list) => {
        // Hundredths as a person writes them: never by a division of numbers.
        const asPercent = (one: number) =>
          Number(`${Math.floor(one / 100)}.${String(one % 100).padStart(2, '0')}`);
        const total = list.reduce((sum, one) => sum + one, 0);
        const inPercent = percent(asPercent(total), ...list.map(asPercent));
        expect(parseRevenueShare(inPercent)).to.deep.equal(parseRevenueShare(bps(...list)));
      }),
    );
  });

  it('rounds percentages on their digits, not on binary fractions', () => {
    expect(parts(percent(1.005, 1.005))).to.deep.equal([101]);
    expect(parts(percent(0.29, 0.29))).to.deep.equal([29]);
    expect(parts(percent(1e-2, 0.01))).to.deep.equal([1]);
  });

  it('settles by largest remainder what rounding leaves of a total in percent', () => {
    expect(parts(percent(1, 0.33333, 0.33333, 0.33333))).to.deep.equal([34, 33, 33]);
    expect(parts(percent(1, 0.333, 0.334, 0.333))).to.deep.equal([33, 34, 33]);
    expect(parts(percent(0.67, 0.335, 0.335))).to.deep.equal([33, 34]);
    expect(() => parseRevenueShare(percent(1, 0.3, 0.3, 0.3))).to.throw(/add up to 90 of 100/);
  });

  it('lets basis points win in each object that has both', () => {
    const file = {
      enabled: true,
      total_bps: 100,
      total_percent: 50,
      recipients: [
        { role: 'a', bps: 60, percent: 1 },
        { role: 'b', percent: 0.4 },
      ],
    };
    expect(parts(file)).to.deep.equal([60, 40]);
    expect(() => parseRevenueShare({ ...file, total_bps: 101 })).to.throw(/add up/);
  });

  it('is none when it is switched off or its total is zero', () => {
    expect(parseRevenueShare({ ...bps(100), enabled: false })).to.equal(null);
    expect(parseRevenueShare({ enabled: true, total_percent: 0, recipients: [] })).to.equal(null);
  });

  for (const [what, file] of Object.entries({
    'a total above everything': bps(6_000, 6_000),
    'a total that rounds to nothing': percent(0.001, 0.001),
    'a recipient without a part': { enabled: true, total_bps: 5, recipients: [{ role: 'a' }] },
    'a part of nothing': bps(0, 100),
    'a role that has two parts': {
      ...bps(1, 1),
      recipients: [
        { role: 'a', bps: 1 },
        { role: 'a', bps: 1 },
      ],
    },
    'an address for a role': {
      enabled: true,
      total_bps: 1,
      recipients: [{ role: `0x${'a'.repeat(40)}`, bps: 1 }],
    },
    'the hot wallet as recipient': { enabled: true, total_bps: 1, recipients: [{ role: 'hot', bps: 1 }] },
    'parts that do not add up': { ...bps(10, 20), total_bps: 31 },
    'no recipients': { enabled: true, total_bps: 5, recipients: [] },
    'no total': { enabled: true, recipients: [{ role: 'a', bps: 1 }] },
  }))
    it(`is refused with ${what}`, () => {
      expect(() => parseRevenueShare(file))
        .to.throw()
        .that.satisfies(isInvalidShare);
    });
});

const isInvalidShare = (error: unknown) => hasCode(error, 'funds.invalid-share');
