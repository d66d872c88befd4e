import { expect } from 'chai';
import { sinceWhen } from './since-when.js';

describe('since when', () => {
  it('is a moment, or so long ago', () => {
    expect(sinceWhen('90m', 10_000_000)).to.equal(10_000_000 - 90 * 60_000);
    expect(sinceWhen('2h', 10_000_000)).to.equal(10_000_000 - 7_200_000);
    expect(sinceWhen('1d', 100_000_000)).to.equal(100_000_000 - 86_400_000);
    expect(sinceWhen('2026-03-01T00:00:00Z', 0)).to.equal(Date.parse('2026-03-01T00:00:00Z'));
  });

  for (const wrong of ['', 'yesterday', '5', '5w', '-5m'])
    it(`is not "${wrong}"`, () => {
      expect(() => sinceWhen(wrong, 0)).to.throw('--since is no moment');
    });
});
