import { access } from 'node:fs/promises';
import {
  boot,
  type CreatedVm,
  type Kernel,
  PROVISIONER,
  type Provisioner,
  type ProvisionerCapabilities,
  type Run,
  withRun,
} from '@blockhost/kernel';
import { aVmSpec, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { LibvirtHost } from './libvirt-host.js';
import { NETWORK } from './own-libvirt.js';

const OWN = `${NETWORK}.9`;
const FOREIGN = `${NETWORK}.66`;
const OWN_V6 = '2001:db8:77::9';
const FOREIGN_V6 = '2001:db8:77::66';

describe('a guest of this host', function () {
  this.timeout(240_000);
  let host: LibvirtHost;
  let kernel: Kernel;
  let provisioner: Provisioner & Partial<ProvisionerCapabilities>;
  let vm: CreatedVm;

  const run = <T>(name: string, act: (run: Run) => Promise<T>) =>
    withRun({ name, log: new RecordingLogger() }, act);
  const inGuest = async (command: string) => {
    const result = await provisioner.guestExec?.(vm, command, { timeoutMs: 60_000 });
    return result?.code;
  };
  /** Packets of that source that arrived at the host since it counts them. */
  const arrived = async (source: string) => {
    const tables = source.includes(':') ? 'ip6tables' : 'iptables';
    const rules = await host.libvirt.run(tables, '-nvxL', 'seen');
    const [, count] = new RegExp(`^\\s*(\\d+) .*\\s${source}(?:/\\d+)?\\s`, 'm').exec(rules) ?? [];
    return Number(count);
  };

  before(async () => {
    host = await LibvirtHost.create();
    kernel = await boot({ process: 'test', paths: host.host.paths });
    provisioner = await kernel.get(PROVISIONER);
    await run('template', async (r) => provisioner.buildTemplate?.({ force: false }, r));
    const addresses = { ipv4: OWN, ipv6: OWN_V6 };
    const spec = aVmSpec({ memoryMb: 256, diskGb: 1, addresses });
    vm = await run('create', (r) => provisioner.create(spec, r));
    for (const [tables, ...sources] of [
      ['iptables', OWN, FOREIGN],
      ['ip6tables', OWN_V6, FOREIGN_V6],
    ] as const) {
      await host.libvirt.run(tables, '-N', 'seen');
      await host.libvirt.run(tables, '-I', 'INPUT', '-j', 'seen');
      for (const source of sources) await host.libvirt.run(tables, '-A', 'seen', '-s', source);
    }
  });

  after(async () => {
    await kernel?.stop();
    await host?.remove();
  });

  it('reaches the host from its own addresses', async () => {
    expect(await inGuest(`ping -c 1 -W 20 -I ${OWN} ${NETWORK}.1`)).to.equal(0);
    // The card may still find out whether its address is taken.
    const ping6 = `ping6 -c 1 -W 2 -I ${OWN_V6} 2001:db8:77::1`;
    expect(await inGuest(`for i in $(seq 20); do ${ping6} && exit 0; sleep 1; done; exit 1`)).to.equal(0);
    expect(await arrived(OWN)).to.be.greaterThan(0);
    expect(await arrived(OWN_V6)).to.be.greaterThan(0);
  });

  it('is heard by nobody from any other address, MAC, or in answers that it has one', async () => {
    for (const address of [OWN, OWN_V6])
      expect(await host.libvirt.run('ip', 'neigh', 'show', address)).to.include('PERMANENT');
    await inGuest(`ip address add ${FOREIGN}/24 dev eth0; ip -6 address add ${FOREIGN_V6}/64 dev eth0 nodad`);
    expect(await inGuest(`ping -c 2 -W 1 -I ${FOREIGN} ${NETWORK}.1`)).to.not.equal(0);
    expect(await inGuest(`ping6 -c 2 -W 1 -I ${FOREIGN_V6} 2001:db8:77::1`)).to.not.equal(0);
    await inGuest(`arping -c 2 -w 2 -U -I eth0 -s ${FOREIGN} ${FOREIGN}`);
    expect(await arrived(FOREIGN)).to.equal(0);
    expect(await arrived(FOREIGN_V6)).to.equal(0);
    expect(await host.libvirt.run('ip', 'neigh', 'show', FOREIGN)).to.not.match(/lladdr/);
    await inGuest(
      'ip link set eth0 down; ip link set eth0 address 52:54:00:66:66:66; ip link set eth0 up; ip route add default dev eth0',
    );
    const before = await arrived(OWN);
    expect(await inGuest(`ping -c 2 -W 1 -I ${OWN} ${NETWORK}.1`)).to.not.equal(0);
    expect(await arrived(OWN)).to.equal(before);
  });

  it('tells what it uses, to whoever looks again', async () => {
    const isTold = async () => {
      const { diskUsedMb = -1, netConnections, uptimeSeconds } = (await provisioner.metrics?.(vm)) ?? {};
      if (diskUsedMb < 0) return false;
      expect(diskUsedMb).to.be.within(1, 100);
      expect(netConnections).to.equal(0);
      expect(uptimeSeconds).to.be.greaterThan(0);
      return true;
    };
    while (!(await isTold()));
  });

  it('has no seed any more, and starts without', async () => {
    const seed = host.host.paths.resolve(`/var/lib/blockhost/vms/${vm.name}-seed.iso`);
    const isThere = await access(seed).then(
      () => true,
      () => false,
    );
    expect(isThere).to.equal(false);
    expect(await host.virsh('domblklist', vm.backendRef)).to.not.include('seed');
    await run('kill', (r) => provisioner.kill(vm, r));
    expect(await host.virsh('domblklist', vm.backendRef, '--inactive')).to.not.include('seed');
    await run('start', (r) => provisioner.start(vm, r));
    expect(await inGuest(`ping -c 1 -W 20 -I ${OWN} ${NETWORK}.1`)).to.equal(0);
    expect(await inGuest(`grep -q 'admin:.*wallet=' /etc/passwd`)).to.equal(0);
  });
});
