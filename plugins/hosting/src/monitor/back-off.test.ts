import { expect } from 'chai';
import { BackOff } from './back-off.js';

describe('BackOff', () => {
  it('doubles from 5 s to 5 min and starts again after success', () => {
    const backOff = new BackOff(() => 0.5);
    const pauses = Array.from({ length: 9 }, () => backOff.failed() / 1000);
    expect(pauses).to.deep.equal([5, 10, 20, 40, 80, 160, 300, 300, 300]);
    backOff.succeeded();
    expect(backOff.failed()).to.equal(5_000);
  });

  it('spreads each pause by a fifth to both sides', () => {
    expect(new BackOff(() => 0).failed()).to.equal(4_000);
    expect(new BackOff(() => 1).failed()).to.equal(6_000);
  });
});
