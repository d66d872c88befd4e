import { join } from 'node:path';
import { hasCode, type VmRecord, withRun } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const { provisionVm } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/vms/provision-vm.js')
)) as { provisionVm(order: object, tokenId: null, host: object): Promise<VmRecord> };

describe('many purchases at once', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  afterEach(() => host.dispose());

  const addressesOf = (vms: readonly VmRecord[]) => new Set(vms.map(({ ipv4 }) => ipv4));

  it('fifty on the sandbox with twelve addresses: twelve VMs, and who waits gets what becomes free', async () => {
    host = await MemoryHost.create({ addresses: 12 });
    for (let buyer = 1; buyer <= 50; buyer += 1) await host.buy(host.chain.customer(buyer));
    await host.startMonitor();
    const served = async () => {
      const vms = (await host.vms.list()).filter(({ nftMinted }) => nftMinted);
      const waiting = await host.database('pipeline_entries').where({ state: 'queued', needs_operator: 1 });
      return { vms, waiting };
    };
    const settled = (count: number) =>
      until(`${count} VMs to stand and the others to wait`, 40_000, async () => {
        const { vms, waiting } = await served();
        return vms.length === count && waiting.length >= 1 ? vms : null;
      });
    const first = await settled(12);
    expect(addressesOf(first).size).to.equal(12);
    const standing = await host.provisioner.list();
    expect(standing.kind === 'present' && standing.value.length).to.equal(12);
    host = await host.restarted();

    const [gone] = first;
    if (!gone) throw new Error('no VM');
    await withRun({ name: 'destroy', log: host.log }, (run) => host.provisioner.destroy(gone, run));
    await host.vms.markDestroyed(gone.name);
    await host.database('pipeline_entries').where({ state: 'queued' }).update({ next_attempt_at: 0 });
    await host.startMonitor();
    const second = await settled(12);
    expect(addressesOf(second)).to.deep.equal(addressesOf(first));
    expect(second.map(({ name }) => name)).to.not.include(gone.name);
    expect(await host.database('pipeline_entries').where({ state: 'failed' })).to.deep.equal([]);
  });

  it('fifty with addresses for all: fifty VMs in the order they were paid for, no address twice', async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines(), addresses: 60 });
    for (let buyer = 1; buyer <= 50; buyer += 1) await host.buy(host.chain.customer(buyer));
    await host.startMonitor();
    await host.rest(50_000);
    const entries = await host.entries();
    expect(entries.map(({ state }) => state)).to.deep.equal(Array(50).fill('done'));
    const ended = entries.map(({ completed_at }) => Number(completed_at));
    expect(ended).to.deep.equal(ended.toSorted((one, other) => one - other));
    const vms = await host.vms.list();
    expect(vms).to.have.lengthOf(50);
    expect(addressesOf(vms).size).to.equal(50);
  });

  it('fifty creations at the same moment with forty addresses: exactly forty, and ten are told that it is full', async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines(), addresses: 40 });
    const ends = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) =>
        withRun({ name: 'create', log: host.log }, (run) => {
          const name = `vm-${index}`;
          const size = { username: 'admin', cpu: 1, memoryMb: 256, diskGb: 1, planId: null };
          const order = {
            ...size,
            name,
            operationId: name,
            ownerWallet: 'w',
            expiresAt: '2030-01-01T00:00:00Z',
          };
          return provisionVm(order, null, { vms: host.vms, provisioner: host.provisioner, run });
        }),
      ),
    );
    const made = ends.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
    const refused = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
    expect(made).to.have.lengthOf(40);
    expect(addressesOf(made).size).to.equal(40);
    expect(refused.map((error) => [hasCode(error, 'vm-store.pool-exhausted'), error.exitCode])).to.deep.equal(
      Array.from({ length: 10 }, () => [true, 7]),
    );
    expect(await host.vms.list()).to.have.lengthOf(40);
  });
});
