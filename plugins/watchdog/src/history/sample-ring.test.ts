import type { VmMetrics } from '@blockhost/kernel';
import { expect } from 'chai';
import { aFigure } from '../test-figures.js';
import { RAW_MS, SampleRing } from './sample-ring.js';

const sample = (at: number, figures: Partial<VmMetrics> = {}) => ({ at, figures: aFigure(figures) });

describe('the last hour of a VM', () => {
  it('tells mean and most of a span, and nothing of what was not known', () => {
    const ring = new SampleRing();
    ring.add(sample(1_000, { cpuPercent: 10, netRxBytesPerSecond: -1 }));
    ring.add(sample(2_000, { cpuPercent: 30, netRxBytesPerSecond: 1_000 }));
    ring.add(sample(3_000, { cpuPercent: 90, state: 'stopped' }));
    const [cpu, , , rx, , read] = ring.spans(0, 10_000);
    expect(cpu).to.deep.equal({ samples: 2, mean: 20, most: 30 });
    expect(rx).to.deep.equal({ samples: 1, mean: 8, most: 8 });
    expect(read).to.equal(null);
    expect(ring.spans(2_000, 3_000)[0]).to.deep.equal({ samples: 1, mean: 30, most: 30 });
  });

  it('keeps an hour and no more, however often it is measured', () => {
    const ring = new SampleRing();
    for (let at = 0; at <= 3 * RAW_MS; at += 1_000) ring.add(sample(at, { cpuPercent: at / 1_000 }));
    expect(ring.count).to.equal(3_601);
    expect(ring.spans(0, 4 * RAW_MS)[0]).to.deep.equal({ samples: 3_601, mean: 9_000, most: 10_800 });
  });
});
