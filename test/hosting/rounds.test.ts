import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { acquireLock, type Clock, systemClock } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const name = 'blockhost-001';
const dist = join(checkout, 'plugins/hosting/dist');

interface Rounds {
  syncRound(host: object, order: object): Promise<{ readonly started: readonly string[] }>;
  garbageRound(host: object, order: object): Promise<{ readonly suspended: readonly string[] }>;
}
const { syncRound } = (await import(join(dist, 'vms/sync-round.js'))) as Rounds;
const { garbageRound } = (await import(join(dist, 'garbage/garbage-round.js'))) as Rounds;
const { databaseStatus } = (await import(join(dist, 'status/database-status.js'))) as {
  databaseStatus(database: object): Promise<{ readonly tasks: readonly Record<string, unknown>[] }>;
};

describe('what the monitor does for all VMs by itself', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;
  let offset: number;
  /** The time of the chain, so that both go on together; and whatever a test adds. */
  const clock: Clock = {
    now: () => (host ? host.chain.ledger.head.timestamp * 1_000 : Date.now()) + offset,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
  };

  beforeEach(async () => {
    offset = 0;
    machines = new MemoryMachines();
    machines.faults.power = (vm, power) => {
      if (machines.standing.get(vm.name)?.power !== power)
        machines.acts.push(`${power === 'running' ? 'start' : 'stop'} ${vm.name}`);
    };
    host = await MemoryHost.create({ machines, clock });
    await host.buy(host.chain.customer(1), 1);
    await host.startMonitor();
    await host.rest();
    await task('vm-gc');
    await host.stopMonitor();
    host = await host.restarted();
    machines.acts.length = 0;
  });
  afterEach(() => host.dispose());

  const task = (id: string) =>
    until(`the task ${id} to be known`, 10_000, async () =>
      (await databaseStatus(host.database)).tasks.find((each) => each.name === id),
    );
  const runs = (id: string) =>
    host.log.records.filter(({ message, fields }) => message === 'task ended' && fields.task === id).length;
  const untilRuns = (id: string, count: number) =>
    until(`${count} runs of ${id}`, 10_000, async () => (runs(id) >= count ? true : null));
  const vm = async () => {
    const record = await host.vms.get(name);
    if (!record) throw new Error('no VM');
    return record;
  };
  const powerOff = async () => machines.power(await vm(), 'stopped');
  const parts = () => {
    const { database, vms, chain, provisioner, config, log } = host;
    return { database, vms, chain, provisioner, rootAgent: null, config, clock, paths: host.root.paths, log };
  };
  /** Lets chain and clock come to that time. */
  const pass = (ms: number) => {
    const goal = clock.now() + ms;
    if (ms >= 12_000) host.chain.ledger.mine(Math.floor(ms / 12_000));
    offset = goal - host.chain.ledger.head.timestamp * 1_000;
  };
  /** The next run in a night, and its end. */
  const night = async () => {
    const due = await until('the next night', 10_000, async () => {
      const at = Date.parse(String((await task('vm-gc')).due_at));
      return at > clock.now() ? at : null;
    });
    const before = runs('vm-gc');
    pass(due - clock.now());
    await untilRuns('vm-gc', before + 1);
  };

  it('brings up at its start what should run', async () => {
    await powerOff();
    machines.acts.length = 0;
    await host.startMonitor();
    await untilRuns('vm-sync', 1);
    expect(machines.acts).to.deep.equal([`start ${name}`]);
    const shown = await until('the record', 5_000, async () => {
      const found = await task('vm-sync');
      return found.did === null ? null : found;
    });
    expect(shown).to.include({ did: '1 started', failure: null, alarm: null });
    expect(Date.parse(String(shown.due_at))).to.equal(clock.now() + 10 * MINUTE);
  });

  it('does so again ten minutes later and not before', async () => {
    await host.startMonitor();
    await untilRuns('vm-sync', 1);
    await powerOff();
    pass(9 * MINUTE);
    await untilRuns('reconcile', 1);
    expect(machines.acts).to.deep.equal([`stop ${name}`]);
    pass(MINUTE);
    await untilRuns('vm-sync', 2);
    expect(machines.acts).to.deep.equal([`stop ${name}`, `start ${name}`]);
  });

  it('does not repeat what a timer has done meanwhile, nor gets in its way', async () => {
    await host.startMonitor();
    await untilRuns('vm-sync', 1);
    pass(9 * MINUTE);
    await syncRound(parts(), { signal: new AbortController().signal });
    pass(2 * MINUTE);
    await untilRuns('reconcile', 1);
    expect(runs('vm-sync')).to.equal(1);
    using _ = await acquireLock(join(host.root.paths.run, 'vm-sync.lock'), { timeoutMs: 0, purpose: 'test' });
    await powerOff();
    pass(8 * MINUTE);
    await untilRuns('vm-sync', 2);
    expect(machines.acts).to.deep.equal([`stop ${name}`]);
    expect(await task('vm-sync')).to.include({ failure: null });
  });

  it('tells of a hypervisor that does not answer, and asks it again after a minute', async () => {
    machines.faults.away = true;
    await powerOff().catch(() => {});
    await host.startMonitor();
    const failed = await until('the failure', 10_000, async () => {
      const found = await task('vm-sync');
      return found.failure === null ? null : found;
    });
    expect(failed.failure).to.include('does not answer');
    machines.faults.away = false;
    pass(MINUTE);
    await untilRuns('vm-sync', 1);
    expect(await task('vm-sync')).to.include({ did: 'nothing to do' });
  });

  it('collects garbage at night: suspends what is not paid, and destroys it after its grace', async () => {
    await host.startMonitor();
    for (let nights = 1; nights <= 2 && (await vm()).status === 'active'; nights += 1) await night();
    expect((await vm()).status).to.equal('suspended');
    const { did, due_at } = await task('vm-gc');
    expect(did).to.equal('1 suspended');
    expect(Date.parse(String(due_at)) - clock.now()).to.be.within(22 * HOUR, 27 * HOUR);
    for (let nights = 1; nights <= 9 && (await host.vms.list()).length > 0; nights += 1) await night();
    expect(await vm()).to.include({ status: 'destroyed' });
    expect(machines.acts.filter((act) => act.startsWith('destroy'))).to.deep.equal([`destroy ${name}`]);
  });

  it('destroys nothing after two nights without a run, and says so', async () => {
    await host.vms.suspend(name, 'expiry');
    await host.startMonitor();
    await night();
    await host.stopMonitor();
    host = await host.restarted();
    pass(30 * DAY);
    await host.startMonitor();
    const shown = await until('the alarm', 10_000, async () => {
      const found = await task('vm-gc');
      return found.alarm === null ? null : found;
    });
    expect(shown.alarm).to.match(/^No VM is destroyed: the last run was \d+ hours ago\.$/);
    expect((await vm()).status).to.equal('suspended');
  });

  it('leaves the night to whoever was faster', async () => {
    await host.startMonitor();
    pass(DAY + HOUR);
    const due = Date.parse(String((await task('vm-gc')).due_at));
    const order = { graceMs: DAY, phases: ['suspend', 'destroy'], signal: new AbortController().signal };
    expect((await garbageRound(parts(), order)).suspended).to.deep.equal([name]);
    expect(Date.parse(String((await task('vm-gc')).due_at))).to.be.greaterThan(clock.now());
    const before = runs('reconcile');
    await untilRuns('reconcile', before);
    expect(due).to.be.lessThan(clock.now());
    expect(runs('vm-gc')).to.equal(0);
    expect(existsSync(join(host.root.paths.run, 'vm-gc.lock'))).to.equal(true);
  });
});
