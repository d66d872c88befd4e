import { expect } from 'chai';
import fc from 'fast-check';
import { sharesOf } from './revenue-share.js';

describe('revenue shares', () => {
  it('sum to the total in whole basis points, whatever the percentage', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 10_000 }), fc.integer({ min: 1, max: 5 }), (bps, count) => {
        const roles = Array.from({ length: count }, (_, place) => `role-${place}`);
        const { total_percent = 0, recipients } = sharesOf(bps / 100, roles);
        const parts = recipients.map(({ percent = 0 }) => Math.round(percent * 100));
        expect(Math.round(total_percent * 100)).to.equal(bps);
        expect(parts.reduce((sum, part) => sum + part, 0)).to.equal(bps);
        expect(Math.max(...parts) - Math.min(...parts)).to.be.below(count);
      }),
    );
  });

  it('are switched off without recipients', () => {
    expect(sharesOf(5, [])).to.deep.equal({ enabled: false, total_percent: 0, recipients: [] });
  });
});
