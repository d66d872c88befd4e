import { join } from 'node:path';
import {
  BlockhostError,
  type Clock,
  hasCode,
  PATHS,
  type Run,
  systemClock,
  type VmLimits,
  type VmRecord,
  withRun,
} from '@blockhost/kernel';
import { expect } from 'chai';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist/vms');
const load = async (file: string) => import(join(dist, `${file}.js`));
type Act<Rest extends unknown[], T> = (vm: VmRecord, ...rest: Rest) => Promise<T>;
interface SyncResult {
  readonly started: readonly string[];
  readonly limited: readonly string[];
  readonly orphans: readonly string[];
  readonly missing: readonly string[];
  readonly failed: readonly { readonly vm: string; readonly reason: string }[];
}
const { suspendVm }: { suspendVm: Act<[string, object, Run], VmRecord> } = await load('suspend-vm');
const { resumeVm }: { resumeVm: Act<[object, object, Run], VmRecord> } = await load('resume-vm');
const { destroyVm }: { destroyVm: Act<[object, Run], void> } = await load('destroy-vm');
const { throttleVm }: { throttleVm: Act<[VmLimits, object, Run, (limit: VmLimits) => void], VmRecord> } =
  await load('throttle-vm');
const { provisionVm }: { provisionVm(order: object, tokenId: null, host: object): Promise<VmRecord> } =
  await load('provision-vm');
const { syncVms }: { syncVms(host: object, options: object): Promise<SyncResult> } = await load('sync-vms');

const DAY = 86_400_000;
const name = 'blockhost-001';

describe('the life of a VM', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;
  let now: number;
  /** The time of the chain until a test sets it. */
  const clock: Clock = {
    now: () => now || (host ? host.chain.ledger.head.timestamp * 1_000 : Date.now()),
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
  };

  beforeEach(async () => {
    now = 0;
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines, clock });
    await host.buy(host.chain.customer(1), 1);
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
    now = Date.parse((await vm()).expiresAt) - DAY / 2;
  });
  afterEach(() => host.dispose());

  async function vm(): Promise<VmRecord> {
    const record = await host.vms.get(name);
    if (!record) throw new Error('no VM');
    return record;
  }
  const machine = () => machines.standing.get(name);
  const run = <T>(act: (run: Run) => Promise<T>) => withRun({ name: 'test', log: host.log }, act);
  const failure = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );
  const world = () => ({ vms: host.vms, provisioner: host.provisioner, clock });
  const suspend = async (reason: string) => run(async (r) => suspendVm(await vm(), reason, world(), r));
  const resume = async (order: object = {}) => run(async (r) => resumeVm(await vm(), order, world(), r));
  const throttle = async (limits: VmLimits) =>
    run(async (r) => throttleVm(await vm(), limits, world(), r, () => {}));
  const sync = async (options: object = {}) =>
    syncVms(
      { ...world(), log: host.log, paths: await host.kernel.get(PATHS) },
      { dryRun: false, signal: new AbortController().signal, ...options },
    );

  describe('suspended and resumed', () => {
    it('is off and recorded with the reason of the person, who outweighs the end of its time', async () => {
      expect(await suspend('expiry')).to.include({ status: 'suspended', suspendReason: 'expiry' });
      expect(machine()?.power).to.equal('stopped');
      const { suspendedAt } = await vm();
      expect(await suspend('abuse')).to.include({ suspendReason: 'abuse', suspendedAt });
      expect(await suspend('expiry')).to.include({ suspendReason: 'abuse' });
    });

    it('is not recorded as suspended while it cannot be proven off', async () => {
      machines.faults.power = () => {
        machines.faults.away = true;
      };
      expect(await failure(suspend('admin'))).to.have.property('code', 'vm.not-stopped');
      expect(await vm()).to.include({ status: 'active' });
      machines.faults.away = false;
    });

    it('runs again with the limits it had, until the end of its time', async () => {
      await throttle({ cpuQuotaPercent: 50, iopsRead: 100 });
      const { expiresAt } = await vm();
      await suspend('admin');
      expect(machine()?.limits).to.deep.equal({});
      expect(await resume()).to.include({
        status: 'active',
        suspendReason: null,
        suspendedAt: null,
        expiresAt,
      });
      expect(machine()).to.deep.include({ power: 'running', limits: { cpuQuotaPercent: 50, iopsRead: 100 } });
    });

    it('needs to be told until when, once its time is over', async () => {
      await suspend('expiry');
      now = Date.parse((await vm()).expiresAt);
      expect(await failure(resume())).to.include({ code: 'vm.not-paid', exitCode: 5 });
      expect(machine()?.power).to.equal('stopped');
      expect(await failure(resume({ expiresAt: 'tomorrow' }))).to.have.property('code', 'vm.bad-time');
      const until = new Date(now + 1_000).toISOString();
      expect(await resume({ expiresAt: until })).to.include({ status: 'active', expiresAt: until });
    });

    for (const [when, past] of [
      ['from the end of its time while that lies ahead', -DAY / 2],
      ['from now when its time is over', DAY],
    ] as const)
      it(`gets days ${when}`, async () => {
        await suspend('expiry');
        const end = Date.parse((await vm()).expiresAt);
        now = end + past;
        const { expiresAt } = await resume({ extendDays: 3 });
        expect(Date.parse(expiresAt)).to.equal(Math.max(now, end) + 3 * DAY);
      });

    it('stays suspended when it cannot be started, whatever the hypervisor says', async () => {
      await suspend('expiry');
      machines.faults.power = () => {
        throw new BlockhostError('provisioner.no-such-vm', 'There is no such VM.');
      };
      expect(await failure(resume())).to.have.property('code', 'provisioner.no-such-vm');
      expect(await vm()).to.include({ status: 'suspended' });
      expect((await vm()).ipv4).to.not.equal(null);
    });
  });

  describe('limited', () => {
    it('keeps the limits that are not named, and loses those that are lifted', async () => {
      await throttle({ cpuShares: 512, bandwidthInKbit: 1_000 });
      expect((await throttle({ cpuShares: null, iopsWrite: 5 })).limits).to.deep.equal({
        bandwidthInKbit: 1_000,
        iopsWrite: 5,
      });
    });

    it('is refused while it is off, and nothing is recorded', async () => {
      await host.stopVm(await vm());
      expect(await failure(throttle({ cpuShares: 5 }))).to.include({ code: 'vm.not-running', exitCode: 5 });
      expect((await vm()).limits).to.deep.equal({});
    });

    it('tells which limits failed and puts the others in force', async () => {
      machines.faults.throttle = (_, limits) => {
        if ('iopsRead' in limits) throw new Error('no such cgroup');
      };
      const error = await failure(throttle({ cpuShares: 5, iopsRead: 9, iopsWrite: 9 }));
      expect(error).to.have.property('code', 'vm.throttle-incomplete');
      expect(error).to.have.nested.property('facts.iops-read').that.includes('no such cgroup');
      expect(machine()?.limits).to.deep.equal({ cpuShares: 5, iopsWrite: 9 });
      machines.faults.throttle = null;
      expect((await sync()).limited).to.deep.equal([name]);
      expect(machine()?.limits).to.deep.equal({ cpuShares: 5, iopsRead: 9, iopsWrite: 9 });
    });
  });

  describe('after a start of the host', () => {
    const reboot = () => {
      for (const each of machines.standing.values()) Object.assign(each, { power: 'stopped', limits: {} });
    };

    it('is brought up once, with its limits', async () => {
      await throttle({ cpuShares: 5 });
      reboot();
      expect(await sync({ dryRun: true })).to.deep.include({ started: [name] });
      expect(machine()?.power).to.equal('stopped');
      expect(await sync()).to.deep.equal({
        started: [name],
        limited: [],
        orphans: [],
        missing: [],
        failed: [],
        isPaused: false,
      });
      expect(machine()).to.deep.include({ power: 'running', limits: { cpuShares: 5 } });
      expect(await sync()).to.deep.include({ started: [], limited: [name] });
    });

    const stays: readonly [string, () => Promise<unknown>][] = [
      ['is suspended', () => host.vms.suspend(name, 'admin')],
      ['was stopped by a person', () => host.vms.setPower(name, 'off')],
      ['is at its end', () => host.vms.setDestroyPending(name, true)],
      [
        'has no paid time left',
        async () => {
          now = Date.parse((await vm()).expiresAt);
        },
      ],
    ];
    for (const [what, prepare] of stays)
      it(`stays off when it ${what}`, async () => {
        await prepare();
        reboot();
        expect((await sync()).started).to.deep.equal([]);
        expect(machine()?.power).to.equal('stopped');
      });

    it('is told apart from machines without a record and records without a machine', async () => {
      const mine = machine();
      if (!mine) throw new Error('no machine');
      machines.standing.set('stranger', { ...mine, answer: { ...mine.answer, name: 'stranger' } });
      machines.standing.delete(name);
      expect(await sync()).to.deep.include({ orphans: ['stranger'], missing: [name], started: [] });
    });

    it('waits while the hypervisor does not answer', async () => {
      reboot();
      machines.faults.away = true;
      expect(hasCode(await failure(sync()), 'provisioner.unreachable')).to.equal(true);
      machines.faults.away = false;
      expect(machine()?.power).to.equal('stopped');
    });

    /** Beside the one that was bought. */
    const makeAnother = async () => {
      const { expiresAt, ownerWallet } = await vm();
      const order = { ownerWallet, expiresAt, planId: null, username: 'u', cpu: 1, memoryMb: 256, diskGb: 1 };
      await run((r) => provisionVm({ ...order, name: 'z', operationId: 'z' }, null, { ...world(), run: r }));
    };

    it('gives way to a purchase before the next machine, which has its turn afterwards', async () => {
      await makeAnother();
      reboot();
      const seen = new Set<string>();
      const order = { seen, pause: async () => true };
      expect(await sync(order)).to.deep.include({ started: [name], isPaused: true });
      // One that fails again and again would otherwise keep the rest from their turn.
      reboot();
      expect(await sync(order)).to.deep.include({ started: ['z'], isPaused: false });
    });

    it('does not keep the others from starting when it fails', async () => {
      await makeAnother();
      reboot();
      machines.faults.power = (ref) => {
        if (ref.name === name) throw new Error('its disk is gone');
      };
      const { started, failed } = await sync();
      expect(started).to.deep.equal(['z']);
      expect(failed).to.have.lengthOf(1);
      expect(failed[0]?.reason).to.include('its disk is gone');
    });
  });

  describe('destroyed', () => {
    const destroy = async () => run(async (r) => destroyVm(await vm(), world(), r));

    it('is begun from the first step on: nothing powers it on until the end is proven', async () => {
      machines.faults.destroy = async () => {
        throw new Error('its disk is busy');
      };
      await failure(destroy());
      expect(await vm()).to.include({ status: 'active', destroyPending: true });
      expect((await vm()).ipv4).to.not.equal(null);
      await suspend('admin');
      expect(await failure(resume())).to.include({ code: 'vm.destroy-pending', exitCode: 5 });
      machines.faults.destroy = null;
      await destroy();
      expect(await vm()).to.include({ status: 'destroyed', destroyPending: false, ipv4: null });
    });

    it('is not begun by a hypervisor that does not answer', async () => {
      machines.faults.away = true;
      expect(await failure(destroy())).to.have.property('code', 'provisioner.unreachable');
      machines.faults.away = false;
      expect(await vm()).to.include({ status: 'active', destroyPending: false });
    });
  });
});
