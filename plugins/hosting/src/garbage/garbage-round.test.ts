import { expect } from 'chai';
import { nextNight } from './garbage-round.js';

/** By the clock on the wall of this machine. */
const at = (day: number, hour: number, minute = 0) => new Date(2026, 5, day, hour, minute).getTime();

describe('nextNight', () => {
  it('is two o’clock, of this day or the next', () => {
    expect(nextNight(at(3, 1, 59), () => 0)).to.equal(at(3, 2));
    expect(nextNight(at(3, 2), () => 0)).to.equal(at(4, 2));
    expect(nextNight(at(3, 23), () => 0)).to.equal(at(4, 2));
    expect(nextNight(at(30, 12), () => 0)).to.equal(new Date(2026, 6, 1, 2).getTime());
  });

  it('is up to half an hour later, so that hosts do not ask in step', () => {
    expect(nextNight(at(3, 12), () => 0.5)).to.equal(at(4, 2, 15));
    expect(nextNight(at(3, 12), () => 0.999_999)).to.be.within(at(4, 2, 29), at(4, 2, 30));
  });
});
