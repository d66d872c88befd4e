import { PROVISIONER, withRun } from '@blockhost/kernel';
import { expect } from 'chai';
import { HALF, WatchedHost } from './watched-host.js';

describe('the watchdog and a VM that uses more than its plan has', () => {
  let host: WatchedHost;
  const create = async (rules: object | null, ...names: string[]) => {
    host = await WatchedHost.create(rules);
    for (const name of names.length > 0 ? names : ['vm-a']) await host.addVm(name);
  };
  afterEach(() => host.dispose());

  const ACTING = { dry_run: false, plans: { '1': HALF } };
  const busy = (name = 'vm-a') => host.uses(name, { cpuPercent: 150 });
  const quiet = (name = 'vm-a') => host.uses(name, { cpuPercent: 10 });
  const limitsOf = async (name = 'vm-a') => (await host.vms.get(name))?.limits;

  it('logs, warns, throttles to the plan, and takes each step back after ten calm minutes', async () => {
    await create(ACTING);
    busy();
    await host.watch(1);
    expect(await host.steps()).to.deep.equal(['vm-a cpu_percent none→log']);
    await host.watch(5);
    expect(await limitsOf()).to.deep.equal({});
    await host.watch(5);
    expect(await host.steps()).to.deep.equal([
      'vm-a cpu_percent none→log',
      'vm-a cpu_percent log→warn',
      'vm-a cpu_percent warn→throttle',
    ]);
    // Half of one processor is a quarter of two.
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
    expect(host.inForce('vm-a')).to.deep.equal({ cpuQuotaPercent: 25 });

    quiet();
    await host.watch(11);
    expect(await limitsOf()).to.deep.equal({});
    expect(host.inForce('vm-a')).to.deep.equal({});
    await host.watch(8);
    expect(await host.steps(), 'ten minutes for each step back').to.have.length(4);
    await host.watch(13);
    expect((await host.steps()).slice(3)).to.deep.equal([
      'vm-a cpu_percent throttle→warn',
      'vm-a cpu_percent warn→log',
      'vm-a cpu_percent log→none',
    ]);
  });

  it('lets who sits at the throttle sit there, and suspends nobody unless told', async () => {
    await create({ dry_run: false, plans: { '1': { ...HALF, actions: { suspend: true } } } });
    busy();
    await host.watch(11);
    host.uses('vm-a', { cpuPercent: 50.3 });
    await host.watch(60);
    expect((await host.vms.get('vm-a'))?.status).to.equal('active');
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
  });

  it('suspends for abuse, if told, one whom the throttle does not hold; what a person resumes is held, not suspended', async () => {
    await create({ dry_run: false, plans: { '1': { ...HALF, actions: { suspend: true } } } });
    busy();
    await host.watch(17);
    expect(await host.vms.get('vm-a')).to.include({ status: 'suspended', suspendReason: 'abuse' });
    expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent throttle→suspend');
    await host.watch(30);
    await withRun({ name: 'resume', log: host.log }, async (run) => {
      const vm = await host.vms.get('vm-a');
      if (vm) await (await host.kernel.get(PROVISIONER)).start(vm, run);
      await host.vms.activate('vm-a');
    });
    quiet();
    await host.watch(1);
    expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent suspend→throttle');
    await host.watch(12);
    expect(await limitsOf()).to.deep.equal({});
  });

  it('only warns of what cannot be throttled', async () => {
    await create({ dry_run: false, plans: { '1': { memory_mb: 512 } } });
    host.uses('vm-a', { memoryUsedMb: 1_000 });
    await host.watch(60);
    expect(await host.steps()).to.deep.equal(['vm-a memory_mb none→log', 'vm-a memory_mb log→warn']);
  });

  it('acts on nothing in a dry run, which it is in unless told, and says what it would do', async () => {
    await create({ plans: { '1': { ...HALF, actions: { suspend: true } } } });
    busy();
    await host.watch(25);
    const actions = await host.actions();
    expect(actions.map(({ to }) => to)).to.deep.equal(['log', 'warn', 'throttle', 'suspend']);
    expect(actions.every(({ dryRun }) => dryRun)).to.equal(true);
    expect(await limitsOf()).to.deep.equal({});
    expect(host.inForce('vm-a')).to.deep.equal({});
    expect((await host.vms.get('vm-a'))?.status).to.equal('active');
  });

  it('begins at the foot of the ladder when a dry run is over', async () => {
    await create({ plans: { '1': HALF } });
    busy();
    await host.watch(15);
    await host.setRules(ACTING);
    await host.watch(1);
    expect((await host.actions()).filter(({ dryRun }) => !dryRun).map(({ to }) => to)).to.deep.equal(['log']);
    expect(await limitsOf()).to.deep.equal({});
  });

  it('observes without rules, and lets the exempt and VMs without a rule alone', async () => {
    await create(null);
    busy();
    await host.watch(15);
    expect(await host.actions()).to.deep.equal([]);
    await host.setRules({ dry_run: false, plans: { '2': HALF } });
    await host.watch(15);
    await host.setRules({ dry_run: false, default: HALF, exempt: ['vm-a'] });
    await host.watch(15);
    expect(await host.actions()).to.deep.equal([]);
  });

  it('holds who has no plan of the file to the default', async () => {
    await create({ dry_run: false, default: HALF });
    busy();
    await host.watch(12);
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
  });

  it('takes the throttle from a VM that has become exempt', async () => {
    await create(ACTING);
    busy();
    await host.watch(12);
    await host.setRules({ ...ACTING, exempt: ['vm-a'] });
    await host.watch(1);
    expect(await limitsOf()).to.deep.equal({});
    expect(host.inForce('vm-a')).to.deep.equal({});
    expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent throttle→none');
  });

  it('holds a VM to the new limit when its plan changes, and lifts it when it is calm', async () => {
    await create(ACTING);
    busy();
    await host.watch(11);
    host.uses('vm-a', { cpuPercent: 50 });
    await host.setRules({ dry_run: false, plans: { '1': { ...HALF, cpu_percent: 20 } } });
    await host.watch(6);
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 10 });
    expect(host.inForce('vm-a')).to.deep.equal({ cpuQuotaPercent: 10 });
    quiet();
    await host.watch(12);
    expect(await limitsOf()).to.deep.equal({});
  });

  it('keeps the rules it has when the file becomes wrong', async () => {
    await create(ACTING);
    await host.watch(1);
    await host.setRules({ dry_run: false, plans: { '1': { cpu_percnt: 5 } } });
    expect((await host.watching()).problem).to.contain('cpu_percnt');
    busy();
    await host.watch(12);
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
    await host.setRules({ dry_run: true });
    expect((await host.watching()).problem).to.equal(null);
  });

  it('takes missing figures neither for use nor for rest', async () => {
    await create(ACTING);
    busy();
    await host.watch(1);
    host.machines.figures.delete('vm-a');
    await host.watch(30);
    expect(await host.steps()).to.deep.equal(['vm-a cpu_percent none→log']);
    busy();
    await host.watch(12);
    host.machines.figures.delete('vm-a');
    await host.watch(60);
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
    host.machines.faults.away = true;
    await host.watch(60);
    host.machines.faults.away = false;
    host.uses('vm-a', { cpuPercent: -1 });
    await host.watch(60);
    expect(await host.steps()).to.have.length(3);
  });

  describe('beside a person who sets limits', () => {
    const throttle = (limits: object) => host.vms.setLimits('vm-a', limits);

    it('leaves a stricter limit, and does not lift it', async () => {
      await create(ACTING);
      await throttle({ cpuQuotaPercent: 10 });
      busy();
      await host.watch(12);
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 10 });
      quiet();
      await host.watch(40);
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 10 });
    });

    it('puts a looser limit back where it was', async () => {
      await create(ACTING);
      await throttle({ cpuQuotaPercent: 80, iopsRead: 7 });
      busy();
      await host.watch(12);
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25, iopsRead: 7 });
      quiet();
      await host.watch(12);
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 80, iopsRead: 7 });
      expect(host.inForce('vm-a')).to.deep.equal({ cpuQuotaPercent: 80 });
    });

    it('suspends nobody whom a person lets use more', async () => {
      await create({ dry_run: false, plans: { '1': { ...HALF, actions: { suspend: true } } } });
      busy();
      await host.watch(11);
      await throttle({ cpuQuotaPercent: 90 });
      await host.watch(30);
      expect((await host.vms.get('vm-a'))?.status).to.equal('active');
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 90 });
    });

    for (const own of [25, 40])
      it(`does not lift what a person has set while it held the VM: ${own} %`, async () => {
        await create(ACTING);
        busy();
        await host.watch(12);
        await throttle({ cpuQuotaPercent: own });
        quiet();
        await host.watch(40);
        expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: own });
      });
  });

  describe('among others', () => {
    const NAMES = ['vm-a', 'vm-b', 'vm-c'];

    it('holds one in an hour, the next in the next, and more only when a person confirms', async () => {
      await create(ACTING, ...NAMES);
      for (const name of NAMES) busy(name);
      await host.watch(30);
      expect(await Promise.all(NAMES.map(limitsOf))).to.deep.equal([{ cpuQuotaPercent: 25 }, {}, {}]);
      const braked = (await host.actions()).filter(({ state }) => state === 'braked').map(({ vm }) => vm);
      expect(braked).to.deep.equal(['vm-b', 'vm-c']);
      await host.watch(45);
      expect(await Promise.all(NAMES.map(limitsOf))).to.deep.equal([
        { cpuQuotaPercent: 25 },
        { cpuQuotaPercent: 25 },
        {},
      ]);
      await host.database('watchdog_confirmations').insert({ at: host.clock.now() });
      await host.watch(1);
      expect(await limitsOf('vm-c')).to.deep.equal({ cpuQuotaPercent: 25 });
    });

    it('is not held back from letting go', async () => {
      await create(ACTING, ...NAMES);
      busy();
      await host.watch(12);
      for (const name of ['vm-b', 'vm-c']) busy(name);
      quiet();
      await host.watch(12);
      expect(await limitsOf()).to.deep.equal({});
    });
  });

  describe('when a step fails', () => {
    it('tries again after five minutes, and says why it failed', async () => {
      await create(ACTING);
      busy();
      host.machines.faults.throttle = () => {
        throw new Error('the machine refuses');
      };
      await host.watch(12);
      const [last] = (await host.actions()).toReversed();
      expect(last).to.include({ to: 'throttle', state: 'failed' });
      expect(last?.outcome).to.contain('Not every limit is in force');
      host.machines.faults.throttle = null;
      quiet();
      await host.watch(12);
      expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent throttle→warn');
      expect(await limitsOf()).to.deep.equal({});
    });

    it('does nothing to a VM that is off by then', async () => {
      await create(ACTING);
      busy();
      await host.watch(10);
      const real = host.machines.status.bind(host.machines);
      host.machines.status = async () => ({ kind: 'present', value: 'stopped' });
      await host.watch(2);
      expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent warn→throttle failed');
      expect(await limitsOf()).to.deep.equal({});
      host.machines.status = real;
      await host.watch(6);
      expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
    });
  });

  it('remembers after a restart whom it holds, and how long it must wait', async () => {
    await create(ACTING);
    busy();
    await host.watch(7);
    host.restart();
    await host.watch(5);
    expect(await limitsOf()).to.deep.equal({ cpuQuotaPercent: 25 });
    host.restart();
    quiet();
    await host.watch(12);
    expect(await limitsOf()).to.deep.equal({});
  });

  it('tells of a VM that is off though it should run, of a silent guest and of a full disk, and when that is over', async () => {
    await create(null);
    host.uses('vm-a', { guestAgentResponsive: false, diskUsedMb: 9_900 });
    await host.watch(12);
    const findings = () =>
      host.database('watchdog_findings').whereNot({ subject: 'host' }).orderBy('kind').pluck('kind');
    expect(await findings()).to.deep.equal(['agent-silent', 'disk-full']);
    quiet();
    const vm = await host.vms.get('vm-a');
    if (vm) await host.machines.power(vm, 'stopped');
    await host.watch(2);
    expect(await findings()).to.deep.equal(['not-running']);
    host.restart();
    if (vm) await host.machines.power(vm, 'running');
    await host.watch(1);
    expect(await findings()).to.deep.equal([]);
  });

  it('keeps what VMs used in steps of five minutes, also when it is stopped in between', async () => {
    await create(null);
    host.uses('vm-a', { cpuPercent: 10, memoryUsedMb: 300 });
    await host.watch(5);
    host.uses('vm-a', { cpuPercent: 30, memoryUsedMb: 300 });
    await host.watch(4);
    await (await host.watching()).end();
    const lines = await host.history('vm-a');
    expect(lines.map(({ at }) => at.slice(11, 16))).to.deep.equal(['12:00', '12:05']);
    expect(lines[0]?.metrics).to.deep.include({ cpu_percent: [10, 10, 29], memory_mb: [300, 300, 29] });
    expect(lines[1]?.metrics.cpu_percent).to.deep.equal([29.2, 30, 25]);
  });
});
