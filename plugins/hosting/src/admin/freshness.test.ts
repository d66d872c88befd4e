import { expect } from 'chai';
import { staleness } from './freshness.js';

describe('staleness', () => {
  const present = { now: 1_760_000_000_999, head: 880_000, highest: null, maxCommandAge: 300 };

  it('is judged by the clock where an order has a time, up to the last second of its age', () => {
    const at = (timestamp: number) => staleness({ freshness: { timestamp } }, present);
    expect([-300, 0, 60].map((age) => at(1_760_000_000 + age))).to.deep.equal([null, null, null]);
    expect(at(1_760_000_000 - 301)).to.contain('301 s old');
    expect(at(1_760_000_000 + 61)).to.contain('61 s ahead');
    expect(at(Number.MAX_SAFE_INTEGER)).to.be.a('string');
  });

  it('is judged by the head where an order has a height', () => {
    const at = (height: number) => staleness({ freshness: { height } }, present);
    expect([-12, 0, 2].map((distance) => at(880_000 + distance))).to.deep.equal([null, null, null]);
    expect(at(880_000 - 13)).to.contain('13 blocks old');
    expect(at(880_000 + 3)).to.contain('3 blocks ahead');
    expect(at(Number.MAX_SAFE_INTEGER)).to.be.a('string');
  });

  it('takes only heights above the last one accepted', () => {
    const after = (highest: number) => staleness({ freshness: { height: 880_000 } }, { ...present, highest });
    expect(after(879_999)).to.equal(null);
    expect(after(880_000)).to.contain('not above');
    expect(after(880_001)).to.contain('not above');
  });
});
