import type { VmMetrics } from '@blockhost/kernel';
import { expect } from 'chai';
import { aFigure } from '../test-figures.js';
import { healthy, type VmHealth, vmHealth } from './vm-health.js';

const MINUTE_MS = 60_000;
const vm = { name: 'vm-1', desiredPower: 'on' } as const;

/** What is found after a look each minute. */
function found(figures: readonly Partial<VmMetrics>[], of: Parameters<typeof vmHealth>[0] = vm): string[] {
  let health: VmHealth = healthy;
  let kinds: string[] = [];
  for (const [index, each] of figures.entries()) {
    const seen = vmHealth(of, health, { at: index * MINUTE_MS, figures: aFigure(each) });
    health = seen.health;
    kinds = seen.findings.map(({ kind }) => kind);
  }
  return kinds;
}
const minutes = (count: number, figures: Partial<VmMetrics>) => Array(count).fill(figures);

describe('the health of a VM', () => {
  it('is not well when it should run and does not for a minute', () => {
    expect(found(minutes(1, { state: 'stopped' }))).to.deep.equal([]);
    expect(found(minutes(2, { state: 'stopped' }))).to.deep.equal(['not-running']);
    expect(found(minutes(2, { state: 'paused' }))).to.deep.equal(['not-running']);
    expect(found([{ state: 'stopped' }, {}, { state: 'stopped' }])).to.deep.equal([]);
    expect(found(minutes(9, { state: 'stopped' }), { ...vm, desiredPower: 'off' })).to.deep.equal([]);
    expect(found(minutes(9, { state: 'unknown' }))).to.deep.equal([]);
  });

  it('is not well when its guest is silent for more than ten minutes', () => {
    const silent = { guestAgentResponsive: false };
    expect(found(minutes(11, silent))).to.deep.equal([]);
    expect(found(minutes(12, silent))).to.deep.equal(['agent-silent']);
    expect(found([...minutes(9, silent), {}, ...minutes(9, silent)])).to.deep.equal([]);
  });

  it('is not well when its disk is 95 % full, where that can be known', () => {
    expect(found([{ diskUsedMb: 94, diskTotalMb: 100 }])).to.deep.equal([]);
    expect(found([{ diskUsedMb: 95, diskTotalMb: 100 }])).to.deep.equal(['disk-full']);
    expect(
      found([
        { diskUsedMb: -1, diskTotalMb: 100 },
        { diskUsedMb: 0, diskTotalMb: 0 },
      ]),
    ).to.deep.equal([]);
  });
});
