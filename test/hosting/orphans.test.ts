import { join } from 'node:path';
import { type Clock, PATHS, PROVISIONER, systemClock } from '@blockhost/kernel';
import { expect } from 'chai';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const { sweepOrphans } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/garbage/sweep-orphans.js')
)) as {
  sweepOrphans(
    host: object,
    order: object,
  ): Promise<readonly { kind: string; subject: string; left: string | null }[]>;
};

const DAY = 86_400_000;
const name = 'blockhost-001';

describe('the sweep of orphans', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;
  const clock: Clock = {
    now: () => (host ? host.chain.ledger.head.timestamp * 1_000 : Date.now()),
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
  };

  beforeEach(async () => {
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines, clock });
    await host.buy(host.chain.customer(1), 1);
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
  });
  afterEach(() => host.dispose());

  async function sweep(changes: object = {}) {
    const { kernel, database, vms, chain, config, log } = host;
    const [paths, provisioner] = [await kernel.get(PATHS), await kernel.get(PROVISIONER)];
    const signal = new AbortController().signal;
    const swept = await sweepOrphans(
      { database, vms, chain, config, log, paths, provisioner, clock, rootAgent: null },
      { graceMs: DAY, dryRun: false, doubt: null, signal, ...changes },
    );
    return swept.map(({ kind, subject, left }) => ({ kind, subject, left }));
  }
  /** A database put back from a backup of before the purchase. */
  async function loseRecord(seenMsAgo: number | null): Promise<void> {
    for (const table of ['vm_addresses', 'vm_operations', 'vms']) await host.database(table).delete();
    if (seenMsAgo === null) return;
    const first_seen = clock.now() - seenMsAgo;
    const finding = {
      kind: 'machine-unknown',
      subject: name,
      sentence: '',
      last_seen: 0,
      told_at: 0,
      first_seen,
    };
    await host.database('reconciler_findings').insert(finding);
  }
  const standing = () => [...machines.standing.keys()];

  it('finds none on a host in order', async () => {
    expect(await sweep()).to.deep.equal([]);
  });

  it('leaves the machine of a subscription that is paid for, however long its record is gone', async () => {
    await loseRecord(30 * DAY);
    expect(await sweep()).to.deep.equal([
      { kind: 'machine', subject: name, left: 'the chain says it is paid for' },
    ]);
    expect(standing()).to.deep.equal([name]);
  });

  it('leaves it while the chain cannot be asked, or the clock is in doubt', async () => {
    await loseRecord(30 * DAY);
    host.chain.faults.unreachable = true;
    const [unasked] = await sweep();
    expect(unasked?.left).to.be.a('string');
    host.chain.faults.unreachable = false;
    expect(await sweep({ doubt: 'the clock is behind' })).to.deep.equal([
      { kind: 'machine', subject: name, left: 'the clock is behind' },
    ]);
    expect(standing()).to.deep.equal([name]);
  });

  describe('of a machine that nobody pays for', () => {
    beforeEach(() => {
      host.chain.send(host.chain.ownerKey.key, { do: 'cancel', subscriptionId: 1n });
      host.chain.ledger.mine(1);
    });

    for (const [when, ago] of [
      ['nobody has seen it before', null],
      ['it was seen first less than an hour ago', 3_599_000],
    ] as const)
      it(`leaves it when ${when}`, async () => {
        await loseRecord(ago);
        expect(await sweep()).to.deep.equal([
          { kind: 'machine', subject: name, left: 'seen for less than an hour' },
        ]);
        expect(standing()).to.deep.equal([name]);
      });

    it('removes it after an hour, and only says so in a dry run', async () => {
      await loseRecord(3_600_000);
      const gone = [{ kind: 'machine', subject: name, left: null }];
      expect(await sweep({ dryRun: true })).to.deep.equal(gone);
      expect(standing()).to.deep.equal([name]);
      expect(await sweep()).to.deep.equal(gone);
      expect(standing()).to.deep.equal([]);
    });

    it('finds no machine while the hypervisor does not answer', async () => {
      await loseRecord(30 * DAY);
      machines.faults.away = true;
      expect(await sweep()).to.deep.equal([]);
      machines.faults.away = false;
    });
  });

  describe('of addresses in quarantine', () => {
    const quarantine = async (whose: string) => {
      const row = { address: '127.0.0.9', family: 4, quarantined_for: whose };
      await host.database('vm_addresses').insert(row);
    };
    const held = () => host.database('vm_addresses').whereNotNull('quarantined_for').pluck('address');

    it('frees them once the hypervisor proves that their VM is gone', async () => {
      await quarantine(name);
      const [kept] = await sweep();
      expect(kept?.left).to.equal('the provisioner does not prove that its VM is gone');
      machines.faults.away = true;
      await sweep();
      machines.faults.away = false;
      expect(await held()).to.deep.equal(['127.0.0.9']);
      await host.database('vm_addresses').where({ address: '127.0.0.9' }).update({ quarantined_for: 'gone' });
      expect(await sweep()).to.deep.equal([{ kind: 'quarantine', subject: 'gone', left: null }]);
      expect(await held()).to.deep.equal([]);
    });

    it('never frees those that an import found reserved', async () => {
      await quarantine('(reserved)');
      expect(await sweep()).to.deep.equal([]);
      expect(await held()).to.deep.equal(['127.0.0.9']);
    });
  });

  it('abandons an order that nobody works on after an hour, and not one that the pipeline has', async () => {
    const { id, operation_id } = await host.database('vms').where({ name }).first();
    await host.database('vms').where({ id }).update({ status: 'creating', nft_minted: 0 });
    const started = (ms: number) => new Date(clock.now() - ms).toISOString();
    const entry = { vm_id: id, operation: 'create', operation_id, started_at: started(3_599_000) };
    await host.database('vm_operations').insert(entry);
    expect((await sweep())[0]?.left).to.equal('seen for less than an hour');
    await host.database('vm_operations').update({ started_at: started(3_600_000) });
    await host.database('pipeline_entries').update({ state: 'queued' });
    expect(await sweep()).to.deep.equal([]);
    await host.database('pipeline_entries').update({ state: 'failed' });
    expect(await sweep()).to.deep.equal([{ kind: 'order', subject: name, left: null }]);
    expect(await host.vms.get(name)).to.equal(null);
    expect(standing()).to.deep.equal([]);
  });
});
