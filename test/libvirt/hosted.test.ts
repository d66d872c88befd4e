import { join } from 'node:path';
import {
  type Clock,
  PATHS,
  type Run,
  systemClock,
  type VmLimits,
  type VmRecord,
  withRun,
} from '@blockhost/kernel';
import { aVmSpec, expectRefusal } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost } from '../hosting/memory-host.js';
import { NETWORK, OwnLibvirt, PREFIX } from './own-libvirt.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist/vms');
const load = async (file: string) => import(join(dist, `${file}.js`));
type Act<Rest extends unknown[], T> = (vm: VmRecord, ...rest: Rest) => Promise<T>;
const { suspendVm }: { suspendVm: Act<[string, object, Run], VmRecord> } = await load('suspend-vm');
const { destroyVm }: { destroyVm: Act<[object, Run], void> } = await load('destroy-vm');
const { throttleVm }: { throttleVm: Act<[VmLimits, object, Run, (limit: VmLimits) => void], VmRecord> } =
  await load('throttle-vm');
const { syncVms }: { syncVms(host: object, options: object): Promise<object> } = await load('sync-vms');

/** A purchase by the minute is what two processors emulate; all fifty take minutes. */
const PURCHASES = process.env.BLOCKHOST_NIGHTLY === '1' ? 50 : 8;

describe('a host that sells real machines', function () {
  this.timeout(900_000);
  let libvirt: OwnLibvirt;
  let host: MemoryHost;

  before(async () => {
    libvirt = await OwnLibvirt.start();
    host = await MemoryHost.create({
      backend: {
        plugins: ['root-agent', 'provisioner-libvirt'],
        db: {
          bridge: 'br0',
          libvirt: { domain_type: 'qemu', template: { kind: 'mini' } },
          ip_pool: { network: `${NETWORK}.0/24`, start: 10, end: 250, gateway: `${NETWORK}.1` },
          ipv6_pool: { prefix: PREFIX, start: 16, end: 254 },
        },
        begin: (root) => libvirt.startAgent(root),
      },
    });
  });
  after(async () => {
    await host?.dispose();
    await libvirt?.stop();
  });

  const run = <T>(name: string, act: (run: Run) => Promise<T>) => withRun({ name, log: host.log }, act);
  /** The time of the chain, by which subscriptions end. */
  const clock: Clock = {
    now: () => host.chain.ledger.head.timestamp * 1_000,
    sleep: systemClock.sleep,
  };
  const world = () => ({ vms: host.vms, provisioner: host.provisioner, clock });
  const sync = async (options: object = {}) =>
    syncVms(
      { ...world(), log: host.log, paths: await host.kernel.get(PATHS) },
      { dryRun: false, signal: new AbortController().signal, ...options },
    );
  const vmOf = async (name: string) => {
    const vm = await host.vms.get(name);
    if (!vm) throw new Error(`no VM ${name}`);
    return vm;
  };
  const running = async () => (await libvirt.virsh('list', '--name')).split('\n').filter(Boolean).sort();
  /** Addresses with a route of their own to a VM. */
  const routes = async () =>
    [...(await libvirt.run('ip', '-6', 'route', 'show', 'dev', 'br0')).matchAll(/^(\S+::\S+) /gm)]
      .map(([, address = '']) => address)
      .filter((address) => !address.includes('/'))
      .sort();
  const figure = (text: string, name: string) =>
    Number(new RegExp(`^${name}\\s*:\\s*(-?\\d+)$`, 'm').exec(text)?.[1]);
  const limitsOf = async ({ backendRef }: VmRecord) => {
    const vm = String(backendRef);
    const disk = await libvirt.virsh('blkdeviotune', vm, 'vda', '--live');
    const cpu = await libvirt.virsh('schedinfo', vm, '--live');
    const of = (name: string) => figure(disk, name);
    return { read: of('read_iops_sec'), write: of('write_iops_sec'), quota: figure(cpu, 'vcpu_quota') };
  };

  it(`serves ${PURCHASES} purchases at once in their order: none lost, no address twice`, async () => {
    for (let buyer = 1; buyer <= PURCHASES; buyer += 1) await host.buy(host.chain.customer(buyer));
    await host.startMonitor();
    await host.rest(800_000);
    await host.stopMonitor();
    const entries = await host.entries();
    expect(entries.map(({ state }) => state)).to.deep.equal(Array(PURCHASES).fill('done'));
    const ended = entries.map(({ completed_at }) => Number(completed_at));
    expect(ended).to.deep.equal(ended.toSorted((one, other) => one - other));
    const vms = await host.vms.list();
    for (const of of [(vm: VmRecord) => vm.ipv4, (vm: VmRecord) => vm.ipv6, (vm: VmRecord) => vm.backendRef])
      expect(new Set(vms.map(of)).size).to.equal(PURCHASES);
    expect(await running()).to.deep.equal(vms.map(({ name }) => name).sort());
    expect(await routes()).to.deep.equal(vms.map(({ ipv6 }) => String(ipv6)).sort());
  });

  it('limits a machine, and says clearly which limit this kernel cannot put in force', async () => {
    const vm = await vmOf('blockhost-001');
    const throttle = (limits: VmLimits) =>
      run('throttle', (r) => throttleVm(vm, limits, world(), r, () => {}));
    await throttle({ iopsRead: 300, iopsWrite: 40, cpuQuotaPercent: 50 });
    await throttle({ iopsRead: 200 });
    expect(await limitsOf(vm)).to.deep.equal({ read: 200, write: 40, quota: 50_000 });
    // Inbound needs sfq.
    const shapes = await libvirt.run('tc', 'qdisc', 'add', 'dev', 'lo', 'root', 'sfq').then(
      () => true,
      () => false,
    );
    if (shapes) await throttle({ bandwidthInKbit: 8_000 });
    else {
      const refusal = await expectRefusal(throttle({ bandwidthInKbit: 8_000 }), 'vm.throttle-incomplete');
      expect(refusal.facts['bandwidth-in']).to.match(/Not in force: bandwidth: virsh domiftune/);
    }
    await throttle({ bandwidthInKbit: null });
    await throttle({ iopsWrite: null });
    expect(await limitsOf(vm)).to.deep.equal({ read: 200, write: 0, quota: 50_000 });
  });

  it('brings back after a power failure what should run, with route, isolation and limits, and nothing else', async () => {
    const all = await host.vms.list();
    const [limited, other, suspended, stopped, ...rest] = all;
    if (!limited || !other || !suspended || !stopped) throw new Error('too few VMs');
    for (const vm of rest) await run('destroy', (r) => destroyVm(vm, world(), r));
    await run('suspend', (r) => suspendVm(suspended, 'admin', world(), r));
    await host.vms.setPower(stopped.name, 'off');
    const stray = aVmSpec({ memoryMb: 256, diskGb: 1, addresses: { ipv4: `${NETWORK}.251`, ipv6: null } });
    await run('create', (r) => host.provisioner.create(stray, r));

    for (const name of await running()) await libvirt.virsh('destroy', name);
    for (const address of await routes())
      await libvirt.run('ip', '-6', 'route', 'del', address, 'dev', 'br0');
    await libvirt.crashLibvirt();
    const expected = {
      started: [limited.name, other.name],
      limited: [],
      orphans: [stray.name],
      missing: [],
      failed: [],
      isPaused: false,
    };
    expect(await sync({ dryRun: true })).to.deep.equal(expected);
    expect(await running()).to.deep.equal([]);
    expect(await sync()).to.deep.equal(expected);
    expect(await running()).to.deep.equal(expected.started.toSorted());
    expect(await routes()).to.deep.equal([limited, other].map(({ ipv6 }) => String(ipv6)).sort());
    const ports = await libvirt.run('bridge', '-d', 'link', 'show');
    expect(ports.match(/isolated on/g)).to.have.lengthOf(2);
    expect(await limitsOf(limited)).to.deep.equal({ read: 200, write: 0, quota: 50_000 });
    expect(await limitsOf(other)).to.include({ read: 0, write: 0 });
  });

  it('puts limits and routes of running machines in force again, whatever took them away', async () => {
    const vm = await vmOf('blockhost-001');
    const uuid = String(vm.backendRef);
    await libvirt.crashLibvirt();
    // At first libvirt says of a machine that it has not looked at yet that nothing limits it.
    await until('libvirt to have looked at its machines', 60_000, () =>
      libvirt.virsh('schedinfo', uuid, '--live', '--set', 'vcpu_quota=-1').catch(() => null),
    );
    await libvirt.virsh('blkdeviotune', uuid, 'vda', '--live', '--read-iops-sec', '0');
    const before = await routes();
    await libvirt.run('ip', '-6', 'route', 'del', String(vm.ipv6), 'dev', 'br0');
    expect(await sync()).to.deep.include({ started: [], limited: [vm.name], failed: [] });
    expect(await limitsOf(vm)).to.deep.equal({ read: 200, write: 0, quota: 50_000 });
    expect(await routes()).to.deep.equal(before);
  });

  it('does nothing, and keeps every record, while libvirt has forgotten its machines', async () => {
    const records = await host.vms.list();
    const vm = await vmOf('blockhost-001');
    const remember = await libvirt.forgetDomains();
    try {
      await expectRefusal(sync(), 'provisioner.unreachable');
      await expectRefusal(
        run('destroy', (r) => destroyVm(vm, world(), r)),
        'provisioner.hypervisor-failed',
      );
      expect((await libvirt.virsh('list', '--all', '--name')).trim()).to.equal('');
    } finally {
      await remember();
    }
    const kept = await host.vms.list();
    expect(kept.map(({ name, ipv4, status }) => [name, ipv4, status])).to.deep.equal(
      records.map(({ name, ipv4, status }) => [name, ipv4, status]),
    );
    await run('destroy', (r) => destroyVm(vm, world(), r));
    expect(await host.provisioner.status(vm)).to.deep.equal({ kind: 'absent' });
  });
});
