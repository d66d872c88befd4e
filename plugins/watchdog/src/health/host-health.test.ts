import { tmpdir } from 'node:os';
import { expect } from 'chai';
import { type HostCounters, hostHealth, readHost } from './host-health.js';

const well: HostCounters = {
  memoryKib: { total: 1_000, available: 500 },
  disk: { total: 1_000, free: 500 },
  cpu: { total: 1_000, steal: 0 },
};
const after = (change: Partial<HostCounters>) =>
  hostHealth(well, { ...well, ...change }, (metric) => [`a by ${metric}`, 'b']);

describe('the health of the host', () => {
  it('is well by default', () => {
    expect(after({})).to.deep.equal([]);
    expect(hostHealth(null, { ...well, cpu: { total: 2_000, steal: 2_000 } }, () => [])).to.deep.equal([]);
  });

  it('names who uses most where memory or disk run out', () => {
    expect(after({ memoryKib: { total: 1_000, available: 49 } })).to.deep.equal([
      {
        subject: 'host',
        kind: 'host-memory',
        sentence: 'Less than 5 % of the memory of this host is available. Most is used by a by memory_mb, b.',
      },
    ]);
    expect(after({ disk: { total: 1_000, free: 49 } })[0]?.kind).to.equal('host-disk');
  });

  it('tells when its processor time goes elsewhere', () => {
    expect(after({ cpu: { total: 2_000, steal: 100 } })).to.deep.equal([]);
    expect(after({ cpu: { total: 2_000, steal: 101 } })[0]?.kind).to.equal('host-steal');
  });

  it('is read from this machine', async () => {
    const { memoryKib, disk, cpu } = await readHost(tmpdir());
    expect(memoryKib.available).to.be.within(1, memoryKib.total);
    expect(disk.free).to.be.within(0, disk.total);
    expect(cpu.total).to.be.above(cpu.steal);
  });
});
