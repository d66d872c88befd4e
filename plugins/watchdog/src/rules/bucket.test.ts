import { expect } from 'chai';
import fc from 'fast-check';
import { type Bucket, emptyBucket, isViolated, pour, type Reading } from './bucket.js';

const INTERVAL_MS = 10_000;
/** Of 100 units for 60 s at half as much again: 3,000 units × seconds. */
const rule = { limit: 100, capacity: 3_000 };

/** Pours readings that come at their own moment. */
function poured(readings: readonly Reading[], from: Bucket = emptyBucket): Bucket {
  return readings.reduce(
    (bucket, reading) => pour(bucket, reading, rule, { now: reading.at, intervalMs: INTERVAL_MS }),
    from,
  );
}

const every = (intervalMs: number, values: readonly number[]): Reading[] =>
  values.map((value, index) => ({ at: 1_000_000 + index * intervalMs, value }));

describe('a leaky bucket', () => {
  it('fills by what is used above the limit, in units times seconds', () => {
    // The first reading has no time behind it.
    expect(poured(every(10_000, [150, 150, 130])).level).to.equal(50 * 10 + 30 * 10);
  });

  it('is violated when it is full: half as much again for a minute, twice for half a minute', () => {
    const after = (value: number, seconds: number) =>
      isViolated(poured(every(1_000, Array(seconds + 1).fill(value))), rule);
    expect([after(150, 59), after(150, 60)]).to.deep.equal([false, true]);
    expect([after(200, 29), after(200, 30)]).to.deep.equal([false, true]);
  });

  it('drains by what is left unused, to nothing and no further', () => {
    const full = poured(every(10_000, [200, 200, 200, 200]));
    expect(full.level).to.equal(3_000);
    const later = (value: number, count: number) =>
      Array.from({ length: count }, (_, index) => ({ at: (full.at ?? 0) + (index + 1) * 10_000, value }));
    expect(poured(later(50, 2), full).level).to.equal(2_000);
    expect(poured(later(0, 10), full).level).to.equal(0);
  });

  it('stays as it is at exactly the limit', () => {
    const some = poured(every(10_000, [150, 150]));
    expect(poured([{ at: (some.at ?? 0) + 10_000, value: 100 }], some).level).to.equal(some.level);
  });

  it('without a burst is violated by whatever lies above the limit, and by nothing else', () => {
    const strict = { limit: 100, capacity: 0 };
    const after = (value: number) =>
      isViolated(pour(emptyBucket, { at: 1, value }, strict, { now: 1, intervalMs: 1 }), strict);
    expect([after(99), after(100), after(100.1)]).to.deep.equal([false, false, true]);
  });

  it('does not fill by what a throttle lets through beside its limit', () => {
    const over = (value: number) => {
      const from = { ...emptyBucket, level: 1_000, at: 0 };
      return pour(from, { at: 10_000, value }, rule, {
        now: 10_000,
        intervalMs: INTERVAL_MS,
        isThrottled: true,
      });
    };
    expect(over(105)).to.include({ isOver: false, calmMs: 0 });
    expect(over(105).level).to.be.closeTo(950, 0.001);
    expect(over(120).isOver).to.equal(true);
    expect(over(120).level).to.be.closeTo(1_100, 0.001);
    expect(over(79).calmMs).to.equal(10_000);
  });

  it('counts no time across a gap of more than three intervals, nor when the clock was set back', () => {
    const some = poured(every(10_000, [150, 150]));
    const next = (ms: number) => poured([{ at: (some.at ?? 0) + ms, value: 150 }], some).level;
    expect(next(30_000)).to.equal(500 + 50 * 30);
    expect([next(30_001), next(86_400_000), next(-5_000)]).to.deep.equal([500, 500, 500]);
  });

  it('is calm by the time that readings without a gap lie below 80 %, and not a moment longer', () => {
    const calm = poured(every(10_000, [79, 79, 79.9]));
    expect(calm.calmMs).to.equal(20_000);
    expect(poured([{ at: (calm.at ?? 0) + 100_000, value: 10 }], calm).calmMs).to.equal(20_000);
    expect(poured([{ at: (calm.at ?? 0) + 10_000, value: 80 }], calm).calmMs).to.equal(0);
  });

  const figure = fc.double({ min: 0, max: 1_000, noNaN: true });
  const run = fc.array(figure, { minLength: 1, maxLength: 40 });

  it('never leaves its bounds, whatever comes', () => {
    const readings = fc.array(
      fc.record({ at: fc.integer({ min: 0, max: 10_000_000 }), value: fc.double() }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(readings, (list) => {
        const { level, calmMs } = poured(list);
        return level >= 0 && level <= rule.capacity && calmMs >= 0;
      }),
    );
  });

  it('takes what is missing, stale or told twice as neither violation nor recovery', () => {
    fc.assert(
      fc.property(
        run,
        fc.array(fc.constantFrom(-1, Number.NaN, -0.5), { maxLength: 5 }),
        (values, missing) => {
          const before = poured(every(INTERVAL_MS, values));
          const at = before.at ?? 0;
          const nothing = missing.map((value, index) => ({ at: at + index, value }));
          expect(poured(nothing, before)).to.deep.equal(before);
          const told = pour(before, { at, value: 999 }, rule, { now: at, intervalMs: INTERVAL_MS });
          expect(told).to.deep.equal(before);
          const stale = { now: at + 3 * INTERVAL_MS + 2, intervalMs: INTERVAL_MS };
          expect(pour(before, { at: at + 1, value: 999 }, rule, stale)).to.deep.equal(before);
        },
      ),
    );
  });

  it('is never full for who keeps to the limit, and never calm for who does not keep to 80 % of it', () => {
    fc.assert(
      fc.property(run, (values) => {
        const modest = poured(
          every(
            INTERVAL_MS,
            values.map((value) => Math.min(value, 100)),
          ),
        );
        const busy = poured(
          every(
            INTERVAL_MS,
            values.map((value) => Math.max(value, 80)),
          ),
        );
        return modest.level === 0 && busy.calmMs === 0;
      }),
    );
  });

  it('is the fuller the more is used', () => {
    fc.assert(
      fc.property(run, fc.double({ min: 0, max: 500, noNaN: true }), (values, more) => {
        const less = poured(every(INTERVAL_MS, values));
        const greater = poured(
          every(
            INTERVAL_MS,
            values.map((value) => value + more),
          ),
        );
        return greater.level >= less.level;
      }),
    );
  });
});
