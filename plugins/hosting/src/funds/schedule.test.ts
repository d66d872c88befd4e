import { expect } from 'chai';
import { dueAt, pauseAfter } from './schedule.js';

const MINUTE = 60_000;
const DAY = 1_440 * MINUTE;
const NOW = Date.parse('2026-01-01T00:00:00Z');

describe('the schedule of money tasks', () => {
  it('pauses 5, 10, 20, 40 and then 60 minutes after failures', () => {
    expect([1, 2, 3, 4, 5, 6, 1_000].map((failures) => pauseAfter(failures) / MINUTE)).to.deep.equal([
      5, 10, 20, 40, 60, 60, 60,
    ]);
  });

  it('is due an interval after the last run, and at once when there was none', () => {
    expect(dueAt({ lastAt: NOW - DAY + 1, nextAttemptAt: 0, failures: 0 }, DAY, NOW)).to.equal(NOW + 1);
    expect(dueAt({ lastAt: 0, nextAttemptAt: 0, failures: 0 }, DAY, NOW)).to.be.at.most(NOW);
  });

  it('is due after its pause when it failed, whatever the interval', () => {
    const failed = { lastAt: NOW - DAY, nextAttemptAt: NOW + 5 * MINUTE, failures: 1 };
    expect(dueAt(failed, DAY, NOW)).to.equal(NOW + 5 * MINUTE);
  });

  it('is due when the clock was set back', () => {
    expect(dueAt({ lastAt: NOW + 1, nextAttemptAt: 0, failures: 0 }, DAY, NOW)).to.equal(NOW);
    const failed = { lastAt: 0, nextAttemptAt: NOW + 5 * MINUTE + 1, failures: 1 };
    expect(dueAt(failed, DAY, NOW)).to.equal(NOW);
  });
});
