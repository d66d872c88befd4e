import { BlockhostError } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost, type MemoryHostOptions } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

describe('a provisioner that cannot be relied on', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;

  const start = async (options: MemoryHostOptions = {}) => {
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines, ...options });
    await host.buy(customer(1));
  };
  afterEach(async () => {
    Object.assign(machines.faults, { create: null, destroy: null, away: false });
    await host.dispose();
  });

  const customer = (number: number) => host.chain.customer(number);
  const vm = () => host.vms.get('blockhost-001');
  const entry = async () => (await host.entries())[0];
  const entryThat = (what: string, test: (entry: Record<string, unknown>) => boolean) =>
    until(what, 10_000, async () => (await host.entries()).find(test));
  const mints = () => host.chain.ledger.contracts.mints;
  const dueNow = () => host.database('pipeline_entries').update({ next_attempt_at: 0 });

  it('that makes the VM and loses the answer has made one VM in the end', async () => {
    await start();
    let lost = 0;
    machines.faults.create = async (act) => {
      const answer = act();
      lost += 1;
      if (lost < 3) throw new Error('connection reset');
      return answer;
    };
    await host.startMonitor();
    await host.rest();
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
    expect(await entry()).to.include({ state: 'done' });
  });

  it('that answers nonsense is asked again, and what it may have made is destroyed', async () => {
    await start();
    machines.faults.create = async (act) => ({ ...act(), ipv4: 7 as unknown as string });
    await host.startMonitor();
    await host.rest();
    expect(await entry()).to.include({ state: 'failed', failed_stage: 'vm_created', needs_operator: 1 });
    expect(machines.acts).to.deep.equal(['create blockhost-001', 'destroy blockhost-001']);
    expect(await vm()).to.equal(null);
  });

  it('that answers another VM gets no credential for it', async () => {
    await start();
    machines.faults.create = async (act) => ({ ...act(), name: 'blockhost-002' });
    await host.startMonitor();
    await host.rest();
    expect(await entry()).to.include({ state: 'failed', needs_operator: 1 });
    expect(mints()).to.deep.equal([]);
    expect(machines.standing.size).to.equal(0);
  });

  it('that is away fails no purchase and loses no address: it goes on once it is back', async () => {
    await start({ addresses: 2 });
    machines.faults.create = async (act) => {
      act();
      machines.faults.away = true;
      throw new Error('connection reset');
    };
    await host.startMonitor();
    const waiting = await entryThat(
      'the waiting purchase',
      ({ state, next_attempt_at }) => state === 'queued' && Number(next_attempt_at) > Date.now() + 60_000,
    );
    expect(waiting).to.include({ id: 'create:1', stage: 'token_reserved', failed_stage: null });
    expect(await vm()).to.include({ status: 'creating' });
    expect(await host.database('vm_addresses').whereNotNull('quarantined_for')).to.deep.equal([]);
    Object.assign(machines.faults, { away: false, create: null });
    await host.buy(customer(2));
    await entryThat('the other purchase', ({ id, state }) => id === 'create:2' && state === 'done');
    await dueNow();
    await host.rest();
    const made = machines.acts.filter((act) => act.startsWith('create') || act.startsWith('destroy'));
    expect(made).to.deep.equal(['create blockhost-001', 'create blockhost-002']);
    const [one, two] = [...machines.standing.values()].map(({ answer }) => answer.ipv4);
    expect(one).to.be.a('string').and.not.equal(two);
  });

  it('that goes away while a creation is given up keeps it until it can be cleaned up', async () => {
    await start({ addresses: 1 });
    machines.faults.create = async (act) => ({ ...act(), ipv4: 7 as unknown as string });
    machines.faults.destroy = async () => {
      machines.faults.away = true;
      throw new BlockhostError('provisioner.unreachable', 'The hypervisor does not answer.');
    };
    await host.startMonitor();
    await entryThat(
      'the waiting purchase',
      ({ state, attempts }) => state === 'queued' && Number(attempts) > 3,
    );
    expect(await vm()).to.include({ status: 'creating' });
    Object.assign(machines.faults, { away: false, destroy: null });
    await dueNow();
    await host.rest();
    expect(await entry()).to.include({ state: 'failed', failed_stage: 'vm_created', needs_operator: 1 });
    expect(machines.acts).to.deep.equal(['create blockhost-001', 'destroy blockhost-001']);
    expect(await host.database('vm_addresses').whereNotNull('quarantined_for')).to.deep.equal([]);
  });

  it('that fails to destroy leaves a record that says so, and no address is given away', async () => {
    await start({ addresses: 1 });
    await host.startMonitor();
    await host.rest();
    machines.faults.destroy = async () => {
      throw new Error('the disk is busy');
    };
    customer(1).cancel(1n);
    await host.rest();
    expect((await host.entries())[1]).to.include({ id: 'cancel:1', state: 'failed', needs_operator: 1 });
    expect(await vm()).to.include({ status: 'active' });
    await host.buy(customer(2));
    await entryThat(
      'the other purchase',
      ({ id, needs_operator }) => id === 'create:2' && needs_operator === 1,
    );
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
  });

  it('that takes minutes does not keep the monitor from stopping, and is not asked twice at once', async () => {
    await start();
    let running = 0;
    let most = 0;
    machines.faults.create = async (act, run) => {
      running += 1;
      most = Math.max(most, running);
      await new Promise((_, reject) => run.signal.addEventListener('abort', reject, { once: true })).catch(
        () => {},
      );
      running -= 1;
      run.signal.throwIfAborted();
      return act();
    };
    await host.startMonitor();
    await until('the order', 5_000, async () => (running > 0 ? true : null));
    host = await host.restarted();
    expect(await entry()).to.include({ state: 'active', stage: 'token_reserved', attempts: 0 });
    machines.faults.create = null;
    await host.startMonitor();
    await host.rest();
    expect([most, machines.acts]).to.deep.equal([1, ['create blockhost-001']]);
  });

  it('without room leaves the purchase waiting, tells an operator, and serves it once there is room', async () => {
    await start({ addresses: 1 });
    await host.buy(customer(2));
    await host.startMonitor();
    const waiting = await entryThat('the call for an operator', ({ needs_operator }) => needs_operator === 1);
    expect(waiting).to.include({ id: 'create:2', state: 'queued' });
    expect(waiting.last_error).to.include('address');
    customer(1).cancel(1n);
    await entryThat('the cancellation', ({ id, state }) => id === 'cancel:1' && state === 'done');
    await dueNow();
    await host.rest();
    expect(await host.vms.get('blockhost-002')).to.include({ status: 'active', nftMinted: true });
    expect(await host.database('pipeline_entries').where({ needs_operator: 1 })).to.deep.equal([]);
  });

  it('whose answer spells an address differently gives that address to nobody else', async () => {
    await start();
    machines.faults.create = async (act) => {
      const answer = act();
      return { ...answer, ipv6: '2001:DB8:0::0042' };
    };
    await host.buy(customer(2));
    await host.startMonitor();
    await host.rest();
    expect(await vm()).to.include({ ipv6: '2001:db8::42' });
    // The second VM claims the same address.
    expect((await host.entries())[1]).to.include({ state: 'failed', needs_operator: 1 });
  });

  describe('and an operator who acts beside it', () => {
    it('gets no credential minted for a VM that was destroyed before the mint', async () => {
      await start();
      const { sign } = host.chain.transactions;
      Object.assign(host.chain.transactions, {
        sign: async () => {
          throw new Error('not now');
        },
      });
      await host.startMonitor();
      await entryThat('the failed mint', ({ state }) => state === 'failed');
      const made = await vm();
      if (!made) throw new Error('no VM');
      await host.provisioner.destroy(made, { signal: new AbortController().signal } as never);
      await host.vms.markDestroyed(made.name);
      Object.assign(host.chain.transactions, { sign });
      await host.database('pipeline_entries').update({ state: 'queued', attempts: 0, completed_at: null });
      await host.rest();
      expect(mints()).to.deep.equal([]);
      expect(await entry()).to.include({ state: 'failed', needs_operator: 1 });
      expect((await entry())?.last_error).to.include('destroyed');
    });

    it('makes nothing by retrying a creation whose subscription was cancelled', async () => {
      await start();
      machines.faults.create = async () => {
        throw new Error('no template');
      };
      await host.startMonitor();
      await host.rest();
      customer(1).cancel(1n);
      await host.rest();
      machines.faults.create = null;
      await host
        .database('pipeline_entries')
        .where({ id: 'create:1' })
        .update({ state: 'queued', attempts: 0, completed_at: null });
      await host.rest();
      expect(machines.acts).to.deep.equal([]);
      expect(await entry()).to.include({ state: 'cancelled' });
    });
  });
});
