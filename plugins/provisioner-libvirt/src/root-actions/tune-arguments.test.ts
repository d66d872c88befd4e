import { expect } from 'chai';
import { cpuArguments, diskArguments, networkArguments } from './tune-arguments.js';

/** What `virsh schedinfo` of libvirt 9 prints. */
const schedinfo = (shares: number, period: number) => `Scheduler      : posix
cpu_shares     : ${shares}
vcpu_period    : ${period}
vcpu_quota     : -1
emulator_period: 100000
emulator_quota : -1
global_period  : 100000
global_quota   : -1
iothread_period: 100000
iothread_quota : -1
`;
/** What `virsh blkdeviotune` of libvirt 9 prints. */
const blkdeviotune = `total_bytes_sec: 0
read_bytes_sec : 0
write_bytes_sec: 0
total_iops_sec : 0
read_iops_sec  : 300
write_iops_sec : 40
total_bytes_sec_max: 0
read_iops_sec_max: 0
size_iops_sec  : 0
group_name     : drive-virtio-disk0
`;

describe('limits in the words of libvirt', () => {
  it('weigh by the scale of the host’s control groups, whatever weight is set now', () => {
    const weight = (cpuShares: number, version: 1 | 2) =>
      cpuArguments({ cpuShares }, schedinfo(7, 100_000), version);
    const set = (value: number) => ['--set', `cpu_shares=${value}`];
    expect([1024, 512, 1, 10_000, 0].map((shares) => weight(shares, 1))).to.deep.equal(
      [1024, 512, 2, 10_000, 1024].map(set),
    );
    // 1024 is normal there as well: 100, and not ten times as much.
    expect([1024, 512, 1, 10_000, 0].map((shares) => weight(shares, 2))).to.deep.equal(
      [100, 50, 1, 977, 100].map(set),
    );
  });

  it('are a part of the period that each CPU has', () => {
    const quota = (cpuQuotaPercent: number, period: number) =>
      cpuArguments({ cpuQuotaPercent }, schedinfo(100, period), 2);
    expect(quota(50, 100_000)).to.deep.equal(['--set', 'vcpu_quota=50000']);
    expect(quota(50, 20_000)).to.deep.equal(['--set', 'vcpu_quota=10000']);
    expect(quota(1, 20_000)).to.deep.equal(['--set', 'vcpu_quota=1000']);
    expect(quota(0, 100_000)).to.deep.equal(['--set', 'vcpu_quota=-1']);
    expect(cpuArguments({ cpuQuotaPercent: 25 }, '', 2)).to.deep.equal(['--set', 'vcpu_quota=25000']);
  });

  it('tell the disk both directions, the one that stays as it is', () => {
    const both = (read: number, write: number) => [
      '--read-iops-sec',
      String(read),
      '--write-iops-sec',
      String(write),
    ];
    expect(diskArguments({ iopsRead: 100 }, blkdeviotune)).to.deep.equal(both(100, 40));
    expect(diskArguments({ iopsWrite: 0 }, blkdeviotune)).to.deep.equal(both(300, 0));
    expect(diskArguments({ iopsRead: 5, iopsWrite: 6 }, blkdeviotune)).to.deep.equal(both(5, 6));
    expect(diskArguments({}, blkdeviotune)).to.deep.equal([]);
  });

  it('are kilobytes per second towards and from the guest', () => {
    expect(networkArguments({ bandwidthInKbit: 8_000 })).to.deep.equal(['--inbound', '1000,2000,1000']);
    expect(networkArguments({ bandwidthOutKbit: 1, bandwidthInKbit: 0 })).to.deep.equal([
      '--inbound',
      '0,0,0',
      '--outbound',
      '1,2,1',
    ]);
    expect(networkArguments({})).to.deep.equal([]);
  });
});
