import { join } from 'node:path';
import {
  type Clock,
  PATHS,
  PROVISIONER,
  sentenceOf,
  systemClock,
  type VmRecord,
  withRun,
} from '@blockhost/kernel';
import { expect } from 'chai';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

interface Result {
  readonly suspended: readonly string[];
  readonly destroyed: readonly string[];
  readonly left: readonly { readonly vm: string; readonly reason: string }[];
  readonly failed: readonly { readonly vm: string; readonly reason: string }[];
  readonly doubt: string | null;
}
const { collectGarbage } = (await import(
  join(import.meta.dirname, '../../../plugins/hosting/dist/garbage/collect-garbage.js')
)) as { collectGarbage(host: object, order: object): Promise<Result> };

const DAY = 86_400_000;
const name = 'blockhost-001';

describe('garbage collection', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;
  let offset: number;
  /** The time of the chain, so that both go on together; and whatever a test adds. */
  const clock: Clock = {
    now: () => host.chain.ledger.head.timestamp * 1_000 + offset,
    sleep: (ms, signal) => systemClock.sleep(Math.min(ms, 5), signal),
  };

  beforeEach(async () => {
    offset = 0;
    machines = new MemoryMachines();
    host = await MemoryHost.create({
      machines,
      clock: { ...clock, now: () => (host ? clock.now() : Date.now()) },
    });
    await host.buy(host.chain.customer(1), 1);
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
  });
  afterEach(() => host.dispose());

  /** Lets the chain grow until `ms` after the paid time of the VM. */
  async function until(ms: number): Promise<void> {
    const expiresAt = Date.parse((await vm()).expiresAt);
    const blocks = Math.ceil((expiresAt + ms - clock.now()) / 12_000);
    if (blocks > 0) host.chain.ledger.mine(blocks);
    offset = expiresAt + ms - host.chain.ledger.head.timestamp * 1_000;
  }

  async function vm(): Promise<VmRecord> {
    const record = await host.vms.get(name);
    if (!record) throw new Error('no VM');
    return record;
  }

  async function collect(changes: object = {}): Promise<Result> {
    const { kernel, database, vms, chain, config, log } = host;
    const paths = await kernel.get(PATHS);
    const provisioner = await kernel.get(PROVISIONER);
    return collectGarbage(
      { database, vms, chain, config, log, paths, provisioner, clock, rootAgent: null },
      {
        graceMs: DAY,
        phases: ['suspend', 'destroy'],
        dryRun: false,
        signal: new AbortController().signal,
        ...changes,
      },
    );
  }

  it('suspends a VM a moment after its time is over and not before', async () => {
    await until(0);
    expect((await collect()).suspended).to.deep.equal([]);
    await until(1);
    expect((await collect()).suspended).to.deep.equal([name]);
    expect(await vm()).to.include({ status: 'suspended', suspendReason: 'expiry' });
    expect(await host.provisioner.status(await vm())).to.deep.equal({ kind: 'present', value: 'stopped' });
    expect((await collect()).suspended).to.deep.equal([]);
  });

  it('destroys it when its grace is over and not before', async () => {
    await until(1);
    await collect();
    const suspendedAt = Date.parse((await vm()).suspendedAt ?? '');
    await until(DAY - 1);
    expect((await collect()).destroyed).to.deep.equal([]);
    await until(suspendedAt - Date.parse((await vm()).expiresAt) + DAY + 1);
    expect((await collect()).destroyed).to.deep.equal([name]);
    expect(await vm()).to.include({ status: 'destroyed', ipv4: null });
    expect(machines.standing.size).to.equal(0);
  });

  it('says what is due and does nothing in a dry run', async () => {
    await until(1);
    expect((await collect({ dryRun: true })).suspended).to.deep.equal([name]);
    expect((await vm()).status).to.equal('active');
    expect(machines.acts).to.deep.equal([`create ${name}`]);
  });

  for (const reason of ['admin', 'abuse'] as const)
    it(`leaves a VM alone that a person suspended (${reason})`, async () => {
      await host.stopVm(await vm());
      await host.vms.suspend(name, reason);
      await until(30 * DAY);
      expect((await collect()).destroyed).to.deep.equal([]);
      expect((await vm()).status).to.equal('suspended');
    });

  describe('of a VM whose grace is over', () => {
    beforeEach(async () => {
      await until(1);
      await collect();
      await until(1.5 * DAY);
    });

    it('destroys nothing while the chain cannot be asked', async () => {
      host.chain.faults.unreachable = true;
      expect(await collect())
        .to.deep.include({ destroyed: [] })
        .and.to.have.property('doubt')
        .that.includes('chain');
      expect((await vm()).status).to.equal('suspended');
    });

    it('leaves it when the chain knows of an extension that the host has not read', async () => {
      host.chain.customer(1).extend(1n, 30);
      expect(await collect()).to.deep.include({
        doubt: null,
        left: [{ vm: name, reason: 'the chain says it is paid for longer' }],
      });
      expect((await vm()).status).to.equal('suspended');
    });

    it('destroys nothing when the clock jumped since the last run, and goes on with the next', async () => {
      offset += 3 * DAY;
      expect((await collect()).doubt).to.include('hours ago');
      expect((await vm()).status).to.equal('suspended');
    });

    it('destroys nothing when the clock was set back', async () => {
      offset -= 5 * DAY;
      expect((await collect()).doubt).to.equal('the clock is behind the last run');
    });

    it('destroys nothing when clock and chain tell different days', async () => {
      await host.database('garbage_runs').delete();
      offset += 2 * DAY;
      expect((await collect()).doubt).to.equal('the clock and the chain differ by 48 hours');
    });

    it('records no end while the machines cannot be reached', async () => {
      machines.faults.away = true;
      const { failed, destroyed } = await collect();
      expect(destroyed).to.deep.equal([]);
      expect(failed.map((each) => each.vm)).to.deep.equal([name]);
      expect((await vm()).status).to.equal('suspended');
      machines.faults.away = false;
      expect((await collect()).destroyed).to.deep.equal([name]);
    });

    it('leaves a VM that was paid for while the run was under way', async () => {
      const extended = new Date(clock.now() + 30 * DAY).toISOString();
      machines.faults.destroy = async () => {
        throw new Error('must not be asked');
      };
      const original = host.chain.subscriptions.get;
      // The monitor records an extension between the plan and the act.
      host.chain.subscriptions.get = async (id) => {
        const answer = await original(id);
        await host.vms.extendTo(name, extended);
        await withRun({ name: 'resume', log: host.log }, (run) =>
          host.provisioner.start({ name, backendRef: null }, run),
        );
        await host.vms.activate(name);
        return answer;
      };
      try {
        expect((await collect()).left).to.deep.equal([{ vm: name, reason: 'its record changed meanwhile' }]);
      } finally {
        host.chain.subscriptions.get = original;
        machines.faults.destroy = null;
      }
      expect((await vm()).status).to.equal('active');
    });

    it('does the same once when two run at a time', async () => {
      const results = await Promise.all([collect(), collect()]);
      expect(results.flatMap(({ destroyed }) => destroyed)).to.deep.equal([name]);
      expect(results.flatMap(({ failed }) => failed.map(({ reason }) => sentenceOf(reason)))).to.deep.equal(
        [],
      );
      expect(machines.acts.filter((act) => act === `destroy ${name}`)).to.have.lengthOf(1);
    });
  });
});
