import { expect } from 'chai';
import { isBraked } from './brake.js';

const MINUTE_MS = 60_000;
const NOW = 100_000_000;
const held = (...vms: string[]) => vms.map((vm) => ({ vm, at: NOW - 10 * MINUTE_MS }));
const of = (vms: number, confirmedAt: number | null = null) => ({ vms, now: NOW, confirmedAt });

describe('the brake', () => {
  it('lets one VM in ten be held in an hour, and one on a small host', () => {
    expect(isBraked('a', [], of(3))).to.equal(false);
    expect(isBraked('b', held('a'), of(3))).to.equal(true);
    expect(isBraked('b', held('a'), of(19))).to.equal(true);
    expect(isBraked('b', held('a'), of(20))).to.equal(false);
    expect(isBraked('c', held('a', 'b'), of(20))).to.equal(true);
  });

  it('counts VMs, not acts: one that is held already may be held further', () => {
    expect(isBraked('a', held('a', 'a'), of(5))).to.equal(false);
    expect(isBraked('b', held('a', 'a'), of(20))).to.equal(false);
  });

  it('forgets after an hour, and when a person confirms', () => {
    const old = [{ vm: 'a', at: NOW - 60 * MINUTE_MS }];
    expect(isBraked('b', old, of(5))).to.equal(false);
    expect(isBraked('b', held('a'), of(5, NOW - 5 * MINUTE_MS))).to.equal(false);
    expect(isBraked('b', held('a'), of(5, NOW - 20 * MINUTE_MS))).to.equal(true);
  });
});
