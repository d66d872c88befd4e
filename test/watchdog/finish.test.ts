import { expect } from 'chai';
import { HALF, WatchedHost } from './watched-host.js';

const MINUTE_MS = 60_000;
const HELD = { cpuQuotaPercent: 25 };

describe('what a watchdog finds begun by one before it', () => {
  let host: WatchedHost;
  const ACTING = { dry_run: false, plans: { '1': { ...HALF, actions: { suspend: true } } } };
  const create = async (rules: object | null = ACTING) => {
    host = await WatchedHost.create(rules);
    await host.addVm('vm-a');
  };
  afterEach(() => host.dispose());

  /** As that one left it when it was killed: `limits` are recorded for the VM, and not in force. */
  async function left(to: string, from: string, { agoMs = MINUTE_MS, limits = {} } = {}): Promise<void> {
    const vm = await host.vms.get('vm-a');
    const at = host.clock.now() - agoMs;
    const whose = { vm: 'vm-a', operation_id: vm?.operationId, metric: 'cpu_percent', dry_run: 0 };
    await host.database('watchdog_rungs').insert({ ...whose, step: from, moved_at: at - MINUTE_MS });
    await host.database('watchdog_actions').insert({
      ...{ ...whose, at, bucket: 0, from_step: from, to_step: to, state: 'intended' },
      limits: JSON.stringify(HELD),
    });
    if (Object.keys(limits).length > 0) await host.vms.setLimits('vm-a', limits, 'watchdog');
  }
  const limits = async () => (await host.vms.get('vm-a'))?.limits;
  const states = () => host.database('watchdog_actions').orderBy('id').pluck('state');

  it('is a throttle, which it puts in force', async () => {
    await create();
    await left('throttle', 'warn', { limits: HELD });
    expect(host.inForce('vm-a')).to.deep.equal({});
    await host.watch(1);
    expect(host.inForce('vm-a')).to.deep.equal(HELD);
    expect(await states()).to.deep.equal(['done']);
  });

  it('is a throttle that would be due again, and is taken once', async () => {
    await create({ dry_run: false, plans: { '1': { cpu_percent: 50, burst: { factor: 1 } } } });
    await left('throttle', 'warn', { agoMs: 10 * MINUTE_MS, limits: HELD });
    host.uses('vm-a', { cpuPercent: 150 });
    await host.watch(1);
    expect(await states()).to.deep.equal(['done']);
  });

  it('is a throttle of a VM that is exempt by now, which it takes back', async () => {
    await create({ ...ACTING, exempt: ['vm-a'] });
    await left('throttle', 'warn', { limits: HELD });
    await host.watch(1);
    expect(await limits()).to.deep.equal({});
    expect((await states()).slice(0, 1)).to.deep.equal(['abandoned']);
  });

  it('is the end of a throttle, which it completes', async () => {
    await create();
    await left('warn', 'throttle', { limits: HELD });
    await host.watch(1);
    expect(await limits()).to.deep.equal({});
    expect(await states()).to.deep.equal(['done']);
  });

  it('is a suspension, which it completes within five minutes and judges anew after that', async () => {
    await create();
    await left('suspend', 'throttle');
    await host.watch(1);
    expect(await host.vms.get('vm-a')).to.include({ status: 'suspended', suspendReason: 'abuse' });
    await host.dispose();
    await create();
    await left('suspend', 'throttle', { agoMs: 6 * MINUTE_MS });
    await host.watch(1);
    expect((await host.vms.get('vm-a'))?.status).to.equal('active');
    expect(await states()).to.deep.equal(['abandoned']);
  });

  it('is a suspension that was done, and only not recorded', async () => {
    await create();
    await left('suspend', 'throttle', { agoMs: 60 * MINUTE_MS });
    await host.vms.suspend('vm-a', 'abuse');
    await host.watch(1);
    expect(await states()).to.deep.equal(['done']);
  });

  it('is of a VM that is gone, and is let go', async () => {
    await create();
    await left('throttle', 'warn');
    await host.vms.markDestroyed('vm-a');
    await host.watch(1);
    expect(await states()).to.deep.equal(['abandoned']);
    expect(await host.database('watchdog_rungs')).to.deep.equal([]);
  });

  it('is of the VM that had the name before, and touches nobody', async () => {
    await create();
    await left('suspend', 'throttle');
    await host.vms.markDestroyed('vm-a');
    host.machines.standing.delete('vm-a');
    await host.addVm('vm-a');
    await host.watch(1);
    expect(await states()).to.deep.equal(['abandoned']);
    expect(await host.vms.get('vm-a')).to.include({ status: 'active' });
  });

  it('waits while it may not act, and is finished when it may', async () => {
    await create({ ...ACTING, dry_run: true });
    await left('throttle', 'warn', { limits: HELD });
    await host.watch(1);
    expect(await states()).to.deep.equal(['intended']);
    await host.setRules(ACTING);
    await host.watch(1);
    expect(await states()).to.deep.equal(['done']);
    expect(host.inForce('vm-a')).to.deep.equal(HELD);
  });

  it('is a throttle while the hypervisor is away: it knows that it holds the VM, and lets go in the end', async () => {
    await create();
    await left('throttle', 'warn', { limits: HELD });
    host.machines.faults.away = true;
    await host.watch(1);
    expect(await states()).to.deep.equal(['failed']);
    host.machines.faults.away = false;
    await host.watch(12);
    expect(await limits()).to.deep.equal({});
  });
});
