import { join } from 'node:path';
import { BlockhostError, hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { until } from '../demo/until.js';
import { ReconcilingHost } from './reconciling.js';

const { retryEntry, dropEntry } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/pipeline/operate.js')
)) as {
  retryEntry(database: Knex, id: string, now: number): Promise<void>;
  dropEntry(database: Knex, id: string, now: number): Promise<void>;
};

describe('an operator of the pipeline', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  beforeEach(async () => {
    the = await ReconcilingHost.create();
  });
  afterEach(() => the.dispose());

  const entry = async (id: string) =>
    (await the.host.entries()).find((each) => String(each.id).startsWith(id));
  const refusal = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );
  const buy = () => the.host.buy(the.host.chain.customer(1), 30_000);

  it('retries a purchase that called for one, beside a monitor at work', async () => {
    the.machines.faults.create = async () => {
      throw new Error('no template');
    };
    await buy();
    await the.host.startMonitor();
    await the.host.rest();
    expect(await entry('create:1')).to.include({ state: 'failed', needs_operator: 1 });
    the.machines.faults.create = null;
    await retryEntry(the.host.database, 'create:1', Date.now());
    await the.host.rest();
    expect(await entry('create:1')).to.include({ state: 'done', needs_operator: 0, failed_stage: null });
    expect(the.machines.acts.filter((act) => act.startsWith('create'))).to.have.lengthOf(1);
  });

  it('may retry as often as they like at once: it is done once', async () => {
    the.machines.faults.create = async () => {
      throw new Error('no template');
    };
    await buy();
    await the.host.startMonitor();
    await the.host.rest();
    the.machines.faults.create = null;
    await Promise.allSettled(
      Array.from({ length: 5 }, () => retryEntry(the.host.database, 'create:1', Date.now())),
    );
    await the.host.rest();
    expect(the.machines.standing.size).to.equal(1);
    expect(the.host.chain.ledger.contracts.mints).to.have.lengthOf(1);
  });

  it('cannot drop what is worked on, or touch what is over', async () => {
    let release = () => {};
    the.machines.faults.create = async (act) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return act();
    };
    await buy();
    await the.host.startMonitor();
    await until('the order', 5_000, async () =>
      (await entry('create:1'))?.stage === 'token_reserved' ? true : null,
    );
    await until('the work', 5_000, async () => ((await entry('create:1'))?.state === 'active' ? true : null));
    const active = await refusal(dropEntry(the.host.database, 'create:1', Date.now()));
    expect(hasCode(active, 'pipeline.wrong-state')).to.equal(true);
    await until('the verb', 5_000, async () => {
      release();
      return (await entry('create:1'))?.state === 'done' ? true : null;
    });
    for (const act of [dropEntry, retryEntry]) {
      const over = await refusal(act(the.host.database, 'create:1', Date.now()));
      expect(hasCode(over, 'pipeline.wrong-state')).to.equal(true);
    }
    expect(await entry('create:1')).to.include({ state: 'done' });
  });

  it('drops what called for one, and the monitor does not take it up again', async () => {
    the.host.chain.customer(1).buy({ planId: 1n, days: 1, userEncrypted: '0x12' });
    await the.host.startMonitor();
    await the.host.rest();
    expect(await entry('create:1')).to.include({ state: 'failed', needs_operator: 1 });
    await dropEntry(the.host.database, 'create:1', Date.now());
    the.host.chain.ledger.mine(2);
    await the.host.untilRest();
    expect(await entry('create:1')).to.include({ state: 'cancelled', needs_operator: 0 });
    expect(the.machines.acts).to.deep.equal([]);
  });

  it('is called when time was paid for a VM that has no record', async () => {
    const [alice] = await the.sell();
    await the.host.database('vm_addresses').update({ vm_id: null, released_at: 1 });
    await the.host.database('vms').delete();
    the.machines.standing.clear();
    alice?.extend(1n, 5);
    await the.serve();
    expect(await entry('extend:1')).to.include({
      state: 'failed',
      failed_stage: 'expiry_set',
      needs_operator: 1,
    });
    expect((await entry('extend:1'))?.last_error).to.include('no record');
  });

  it('may retry what was carried out in full and vanished from the chain: it ends, and others are served', async () => {
    const [alice] = await the.sell();
    alice?.cancel(1n);
    await the.serve();
    the.host.chain.ledger.reorganise(1, 'lost');
    the.host = await the.host.restarted();
    await the.host.startMonitor();
    await until('the call for an operator', 10_000, async () =>
      (await entry('cancel:1'))?.needs_operator === 1 ? true : null,
    );
    expect(await entry('cancel:1')).to.include({ state: 'failed', stage: 'complete' });
    expect((await the.plan()).actions).to.deep.equal([]);
    await retryEntry(the.host.database, 'cancel:1', Date.now());
    await the.host.buy(the.host.chain.customer(2));
    await the.host.untilRest();
    expect(await entry('cancel:1')).to.include({ state: 'done', needs_operator: 0 });
    expect(await entry('create:2')).to.include({ state: 'done' });
  });

  it('is not called for a hypervisor that is away: the cancellation waits', async () => {
    const [alice] = await the.sell();
    alice?.cancel(1n);
    the.machines.faults.away = true;
    const host = await the.host.restarted();
    the.host = host;
    await host.startMonitor();
    await until('the wait', 10_000, async () => {
      const waiting = await entry('cancel:1');
      return waiting?.state === 'queued' && Number(waiting.attempts) > 3 ? true : null;
    });
    expect(await entry('cancel:1')).to.include({ needs_operator: 0 });
    expect(await the.vm()).to.include({ status: 'active' });
    the.machines.faults.away = false;
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
    await host.rest();
    expect(await the.vm()).to.include({ status: 'destroyed' });
  });
});

describe('what customers are told to connect to', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  afterEach(() => the.dispose());

  const serveWith = async (endpoint: () => Promise<string | null>) => {
    the = await ReconcilingHost.create({ connectivity: endpoint });
    await the.host.buy(the.host.chain.customer(1), 30_000);
    await the.serveInPart();
  };
  const told = async () => (await the.host.details(the.host.chain.customer(1), 0n)).hostname;

  it('is what the connectivity provider says', async () => {
    await serveWith(async () => 'vm1.example.net');
    await the.host.checkInvariants();
    expect(await told()).to.equal('vm1.example.net');
  });

  it('is the address of the VM when the provider has nothing to say', async () => {
    await serveWith(async () => null);
    expect(await told()).to.equal((await the.vm()).ipv4);
  });

  it('is never guessed: a provider that fails is asked again, then the purchase fails with its VM', async () => {
    let asked = 0;
    await serveWith(async () => {
      asked += 1;
      throw new BlockhostError('tunnel.down', 'The tunnel is down.');
    });
    const [entry] = await the.host.entries();
    expect(entry).to.include({ state: 'failed', failed_stage: 'encrypted', needs_operator: 0 });
    expect(asked).to.equal(4);
    expect(the.host.chain.ledger.contracts.mints).to.deep.equal([]);
    expect(await the.vm()).to.include({ status: 'active' });
  });
});
