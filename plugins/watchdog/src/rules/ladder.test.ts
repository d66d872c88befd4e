import { expect } from 'chai';
import fc from 'fast-check';
import { type Bucket, emptyBucket, pour } from './bucket.js';
import { CALM_MS, ground, nextStep, type Rung, STEP_MS, type Step, stepsOf } from './ladder.js';
import type { MetricRule } from './rule-of.js';

const rule: MetricRule = {
  metric: 'cpu_percent',
  limit: 100,
  capacity: 1_000,
  mayThrottle: true,
  maySuspend: true,
};
const full: Bucket = { level: 1_000, at: 0, isOver: true, calmMs: 0 };
const calm: Bucket = { level: 0, at: 0, isOver: false, calmMs: CALM_MS };
const NOW = 10_000_000;
const at = (step: Step, movedAgoMs = STEP_MS): Rung => ({ step, movedAt: NOW - movedAgoMs, limit: 100 });
const real = { now: NOW, dryRun: false, isMeasured: true, isHeld: true };

describe('the ladder', () => {
  it('leads from a log line to a warning, a throttle and, only if told, a suspension', () => {
    expect(stepsOf(rule)).to.deep.equal(['none', 'log', 'warn', 'throttle', 'suspend']);
    expect(stepsOf({ ...rule, maySuspend: false })).to.deep.equal(['none', 'log', 'warn', 'throttle']);
    expect(stepsOf({ mayThrottle: false, maySuspend: false })).to.deep.equal(['none', 'log', 'warn']);
  });

  it('is climbed while the bucket is full, one step in five minutes', () => {
    expect(nextStep(ground, full, rule, real)).to.equal('log');
    expect(nextStep(at('log'), full, rule, real)).to.equal('warn');
    expect(nextStep(at('log', STEP_MS - 1), full, rule, real)).to.equal(null);
    expect(nextStep(at('warn'), full, rule, real)).to.equal('throttle');
    expect(nextStep(at('throttle'), full, rule, real)).to.equal('suspend');
    expect(nextStep(at('throttle'), full, { ...rule, maySuspend: false }, real)).to.equal(null);
  });

  it('is left step by step, each after ten minutes well below the limit', () => {
    expect(nextStep(at('throttle', CALM_MS), calm, rule, real)).to.equal('warn');
    expect(nextStep(at('warn', CALM_MS), { ...calm, calmMs: CALM_MS - 1 }, rule, real)).to.equal(null);
    expect(nextStep(at('log', CALM_MS), calm, rule, real)).to.equal('none');
    expect(nextStep(ground, calm, rule, real)).to.equal(null);
  });

  it('stands still where a VM is neither full nor calm', () => {
    for (const step of stepsOf(rule).slice(0, -1))
      expect(nextStep(at(step), emptyBucket, rule, real)).to.equal(null);
  });

  it('takes one that runs again after a suspension back to the throttle; a dry run has suspended nobody', () => {
    expect(nextStep(at('suspend', 0), emptyBucket, rule, real)).to.equal('throttle');
    expect(nextStep(at('suspend'), full, rule, { ...real, dryRun: true })).to.equal(null);
    expect(nextStep(at('suspend'), calm, rule, { ...real, dryRun: true })).to.equal('throttle');
  });

  it('takes a step back that the rules do not have any more', () => {
    expect(
      nextStep(at('throttle', 0), full, { ...rule, mayThrottle: false, maySuspend: false }, real),
    ).to.equal('warn');
    expect(nextStep(at('suspend', 0), full, { ...rule, maySuspend: false }, real)).to.equal('throttle');
  });

  it('holds to the limit that the plan has now', () => {
    const changed = { ...rule, limit: 70 };
    expect(nextStep(at('throttle'), emptyBucket, changed, real)).to.equal('throttle');
    expect(nextStep(at('throttle', 0), emptyBucket, changed, real)).to.equal(null);
    expect(nextStep(at('throttle'), full, changed, real)).to.equal('suspend');
    expect(nextStep(at('throttle'), full, { ...changed, maySuspend: false }, real)).to.equal('throttle');
    expect(nextStep(at('warn'), emptyBucket, changed, real)).to.equal(null);
  });

  it('suspends nobody whom a person lets use more than the throttle', () => {
    const loose = { ...real, isHeld: false };
    expect(nextStep(at('throttle'), full, rule, loose)).to.equal(null);
    expect(nextStep(at('throttle'), full, { ...rule, limit: 70 }, loose)).to.equal('throttle');
    expect(nextStep(at('throttle', CALM_MS), calm, rule, loose)).to.equal('warn');
    expect(nextStep(at('warn'), full, rule, loose)).to.equal('throttle');
  });

  it('moves nobody while it is not known what a VM uses', () => {
    for (const bucket of [full, { ...calm, level: 0 }])
      for (const step of ['log', 'warn', 'throttle'] as const)
        expect(nextStep(at(step), bucket, rule, { ...real, isMeasured: false })).to.equal(null);
  });

  it('goes on after the clock was set back', () => {
    expect(nextStep({ ...at('log'), movedAt: NOW + 86_400_000 }, full, rule, real)).to.equal('warn');
  });

  it('moves one step at a time and at most once in five minutes, whatever a VM does', () => {
    const INTERVAL_MS = 10_000;
    const phases = fc.array(
      fc.record({ value: fc.integer({ min: -1, max: 300 }), looks: fc.integer({ min: 1, max: 120 }) }),
      { minLength: 1, maxLength: 8 },
    );
    fc.assert(
      fc.property(phases, fc.boolean(), (list, maySuspend) => {
        const ruled = { ...rule, maySuspend };
        const steps = stepsOf(ruled);
        let [bucket, rung, now] = [emptyBucket, ground, 0];
        const moves: number[] = [];
        for (const value of list.flatMap(({ value, looks }) => Array<number>(looks).fill(value))) {
          now += INTERVAL_MS;
          const before = bucket;
          bucket = pour(bucket, { at: now, value }, ruled, { now, intervalMs: INTERVAL_MS });
          const to = nextStep(rung, bucket, ruled, {
            now,
            dryRun: true,
            isMeasured: bucket !== before,
            isHeld: true,
          });
          if (to === null) continue;
          expect(Math.abs(steps.indexOf(to) - steps.indexOf(rung.step))).to.equal(1);
          expect(value).to.be.above(-1);
          moves.push(now);
          rung = { step: to, movedAt: now, limit: 100 };
          bucket = { ...bucket, calmMs: 0 };
        }
        for (const [index, moment] of moves.entries())
          expect(moment - (moves[index - 1] ?? Number.NEGATIVE_INFINITY)).to.be.at.least(STEP_MS);
      }),
      { numRuns: 60 },
    );
  });
});
