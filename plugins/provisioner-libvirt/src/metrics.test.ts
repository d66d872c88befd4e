import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { present, resolvePaths } from '@blockhost/kernel';
import { aVmSpec } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import type { Definition } from './definitions.js';
import type { GuestFigures } from './guest-figures.js';
import type { Hypervisor } from './hypervisor.js';
import { measure, measureAll } from './metrics.js';

describe('the figures of a domain', () => {
  let root: string;
  let stats: Record<string, string>;
  const vm: Definition = {
    schema: 1,
    phase: 'ready',
    backendRef: 'uuid-1',
    mac: '52:54:00:00:00:01',
    spec: aVmSpec({ name: 'vm-1', cpu: 2 }),
  };
  const systemNow = Date.now;
  let now: number;
  beforeEach(async () => {
    now = 1_000_000;
    Date.now = () => now;
    root = await mkdtemp(join(tmpdir(), 'blockhost-metrics-'));
    stats = { 'state.state': '1', 'vcpu.current': '2', 'cpu.time': '0' };
  });
  afterEach(async () => {
    Date.now = systemNow;
    await rm(root, { recursive: true, force: true });
  });

  const look = () => {
    return measure(instruments(), vm);
  };
  const instruments = () => {
    const hypervisor: Pick<Hypervisor, 'stats' | 'allStats' | 'guestAnswers'> = {
      stats: async () => present(stats),
      allStats: async () => present(new Map([[vm.backendRef, stats]])),
      guestAnswers: async () => true,
    };
    const guests: Pick<GuestFigures, 'of'> = {
      of: async () => ({ diskUsedMb: -1, netConnections: -1, uptimeSeconds: -1 }),
    };
    return {
      hypervisor: hypervisor as Hypervisor,
      guests: guests as GuestFigures,
      paths: resolvePaths({ BLOCKHOST_ROOT: root }),
    };
  };

  it('are rates since the sample before, and the same for who asks again at once', async () => {
    expect((await look()).cpuPercent).to.equal(0);
    now += 10_000;
    // Ten seconds of one processor.
    stats = { ...stats, 'cpu.time': '10000000000', 'net.0.rx.bytes': '1000000' };
    const { cpuPercent, netRxBytesPerSecond } = await look();
    expect(cpuPercent).to.equal(100);
    expect(netRxBytesPerSecond).to.equal(100_000);
    now += 499;
    expect(await look()).to.deep.include({ cpuPercent, netRxBytesPerSecond });
  });

  it('begin at zero after a counter began anew', async () => {
    stats = { ...stats, 'cpu.time': '10000000000' };
    await look();
    now += 10_000;
    stats = { ...stats, 'cpu.time': '5' };
    expect((await look()).cpuPercent).to.equal(0);
  });

  it('are those of the system disk, wherever it stands', async () => {
    const disks = { 'block.0.name': 'sda', 'block.0.rd.reqs': '9', 'block.1.name': 'vda' };
    stats = { ...stats, ...disks, 'block.1.rd.reqs': '0' };
    await look();
    now += 10_000;
    stats = { ...stats, 'block.0.rd.reqs': '99999', 'block.1.rd.reqs': '1000' };
    expect((await look()).diskReadIops).to.equal(100);
  });

  it('come by name when many are asked for, and a guest responds if it did when it was asked last', async () => {
    const other = { ...vm, backendRef: 'uuid-2', spec: aVmSpec({ name: 'vm-2' }) };
    const all = await measureAll(instruments(), [vm, other]);
    expect(all).to.have.all.keys('vm-1');
    expect(all['vm-1']).to.include({ state: 'running', cpuCount: 2, guestAgentResponsive: false });
  });
});
