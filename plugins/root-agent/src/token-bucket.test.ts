import { expect } from 'chai';
import { TokenBucket } from './token-bucket.js';

describe('TokenBucket', () => {
  it('lets a burst pass, then the rate, and never saves up more than a burst', () => {
    let now = 0;
    const bucket = new TokenBucket(10, 3, () => now);
    const taken = () => Array.from({ length: 5 }, () => bucket.take()).filter(Boolean).length;
    expect(taken()).to.equal(3);
    expect(taken()).to.equal(0);
    now += 200;
    expect(taken()).to.equal(2);
    now += 60_000;
    expect(taken()).to.equal(3);
  });
});
