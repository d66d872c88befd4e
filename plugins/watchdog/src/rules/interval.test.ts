import { expect } from 'chai';
import { nextInterval } from './interval.js';

describe('the interval between two looks', () => {
  it('is the smallest there may be, and never less than twenty times what a look cost', () => {
    expect(nextInterval(10_000, 20)).to.equal(10_000);
    expect(nextInterval(10_000, 500)).to.equal(10_000);
    expect(nextInterval(10_000, 501)).to.equal(10_020);
    expect(nextInterval(100, 40)).to.equal(800);
  });
});
