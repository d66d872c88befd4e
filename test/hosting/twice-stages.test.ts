import { join } from 'node:path';
import type { FakeCustomer } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

type Kind = 'create' | 'extend' | 'cancel';

const { STAGES } = (await import(join(checkout, 'plugins/hosting/dist/pipeline/stages.js'))) as {
  STAGES: Readonly<Record<Kind, readonly { readonly reached: string }[]>>;
};

/** What customer and machines have to show for a kind of entry that was carried out once. */
const ONCE: Readonly<Record<Kind, readonly string[]>> = {
  create: ['create blockhost-001'],
  extend: ['create blockhost-001', 'start blockhost-001'],
  cancel: ['create blockhost-001', 'destroy blockhost-001'],
};

describe('a stage whose act succeeded and was not recorded is carried out again', function () {
  this.timeout(20_000);
  let host: MemoryHost;
  let machines: MemoryMachines;
  let alice: FakeCustomer;

  beforeEach(async () => {
    machines = new MemoryMachines();
    machines.faults.power = ({ name }, power) => {
      if (power === 'running' && machines.standing.get(name)?.power === 'stopped')
        machines.acts.push(`start ${name}`);
    };
    host = await MemoryHost.create({ machines, retryDelaysMs: [600_000] });
    alice = host.chain.customer(1);
  });
  afterEach(() => host.dispose());

  /** What has to have happened before there can be an entry of that kind. */
  const prepare = async (kind: Kind) => {
    if (kind === 'create') return;
    await host.buy(alice, 30_000);
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
    host = await host.restarted();
    if (kind === 'cancel') return;
    const vm = await host.vms.get('blockhost-001');
    if (vm) await host.stopVm(vm);
    await host.vms.suspend('blockhost-001', 'expiry');
  };
  const ask = async (kind: Kind) => {
    if (kind === 'create') await host.buy(alice, 30_000);
    else if (kind === 'extend') alice.extend(1n, 5);
    else alice.cancel(1n);
  };

  for (const [kind, stages] of Object.entries(STAGES) as [Kind, (typeof STAGES)[Kind]][])
    for (const { reached } of stages)
      it(`and ends as if it had been once: ${kind} until "${reached}"`, async () => {
        await prepare(kind);
        await ask(kind);
        await host.database.raw(
          `create trigger full before update of stage on pipeline_entries
             when new.kind = '${kind}' and new.stage = '${reached}' begin
             select raise(fail, 'database or disk is full'); end`,
        );
        await host.startMonitor();
        await until('the first time', 10_000, async () => {
          const entry = (await host.entries()).find((each) => each.kind === kind);
          return String(entry?.last_error).includes('disk is full') ? true : null;
        });
        await host.database.raw('drop trigger full');
        await host.stopMonitor();
        host = await host.restarted();
        await host.database('pipeline_entries').update({ next_attempt_at: 0 });
        await host.startMonitor();
        await host.rest();

        expect(new Set(machines.acts)).to.deep.equal(new Set(ONCE[kind]));
        expect(machines.acts.filter((act) => !act.startsWith('start'))).to.deep.equal(
          ONCE[kind].filter((act) => !act.startsWith('start')),
        );
        expect(host.chain.ledger.contracts.mints).to.have.lengthOf(1);
        const [subscription] = host.chain.ledger.contracts.subscriptions;
        const vm = await host.vms.get('blockhost-001');
        expect(vm).to.include({ status: kind === 'cancel' ? 'destroyed' : 'active' });
        if (kind === 'extend')
          expect(Date.parse(vm?.expiresAt ?? '')).to.equal(Number(subscription?.expiresAt) * 1_000);
      });
});
