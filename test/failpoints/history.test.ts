import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { pipelineFailpoints } = (await import(join(hosting, 'pipeline/stages.js'))) as {
  pipelineFailpoints(kind: 'create' | 'extend' | 'cancel'): readonly string[];
};
const { monitorFailpoints } = (await import(join(hosting, 'monitor/scanner.js'))) as {
  monitorFailpoints: readonly string[];
};
const { reconcilerFailpoints } = (await import(join(hosting, 'reconciler/failpoints.js'))) as {
  reconcilerFailpoints: readonly string[];
};
const { garbageFailpoints } = (await import(join(hosting, 'garbage/collect-garbage.js'))) as {
  garbageFailpoints: readonly string[];
};
const { taskFailpoints } = (await import(join(hosting, 'tasks/scheduler.js'))) as {
  taskFailpoints(name: string): readonly string[];
};
const FAILPOINTS = [
  ...monitorFailpoints,
  ...(['create', 'extend', 'cancel'] as const).flatMap(pipelineFailpoints),
  ...reconcilerFailpoints,
  ...garbageFailpoints,
  ...['vm-sync', 'reconcile', 'vm-gc'].flatMap(taskFailpoints),
];

/** What happens, and where the host dies afterwards: the place is passed that many times before. */
const step = fc.record({
  do: fc.constantFrom('buy', 'buy', 'extend', 'cancel', 'suspend', 'record-ends', 'power-fails', 'nothing'),
  which: fc.nat(7),
  failpoint: fc.nat(FAILPOINTS.length - 1),
  pass: fc.integer({ min: 1, max: 2 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

describe('a host that dies at any place, whatever happens to it', function () {
  this.timeout(300_000);
  let host: CrashHost;
  before(async () => {
    host = await CrashHost.create();
  });
  after(() => host.dispose());

  const live = async (purchases: readonly Purchase[], which: number) => {
    const purchase = purchases[which % Math.max(1, purchases.length)];
    const vm = purchase && (await host.vms.get(vmNameOf(purchase)));
    return purchase && vm?.status === 'active' ? { purchase, vm } : null;
  };

  async function happen({ do: what, which }: Step, purchases: Purchase[]): Promise<void> {
    if (what === 'buy') purchases.push(await host.buy());
    const found = await live(purchases, which);
    if (found === null) return;
    const { purchase, vm } = found;
    const subscription = await host.ready.engine.subscriptions.get(purchase.subscriptionId);
    const isCancelled = subscription.kind === 'present' && subscription.value.cancelled;
    if (what === 'extend' && !isCancelled) await host.onchain.extend(purchase, 5);
    if (what === 'cancel' && !isCancelled) await host.onchain.cancel(purchase);
    // The hypervisor and the record disagree with what was paid: by a person, a clock or a restart of the machine.
    if (what === 'suspend') await host.suspend(vm.name);
    if (what === 'power-fails') await host.powerOff(vm.name);
    if (what === 'record-ends')
      await host.database('vms').where({ name: vm.name }).update({ expires_at: '2001-01-01T00:00:00.000Z' });
  }

  it('ends with one running VM and one credential for each payment', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 6 }), async (steps) => {
        const first = await host.buy();
        const purchases = [first];
        for (const each of steps) {
          await happen(each, purchases);
          await host.makeTasksDue();
          await host.dieAt(`${FAILPOINTS[each.failpoint]}#${each.pass}`);
        }
        // What the tasks of a monitor do that lives long enough.
        await host.runToRest();
        for (let run = 0; run < 2; run += 1) await host.ready.host.run('reconcile');
        await host.ready.host.run('vm', 'sync');
        await host.runToRest();
        await host.checkRest(first);
        for (const purchase of purchases) {
          const vm = await host.vms.get(vmNameOf(purchase));
          const subscription = await host.ready.engine.subscriptions.get(purchase.subscriptionId);
          if (vm === null || subscription.kind !== 'present') throw new Error('a purchase is lost');
          const { cancelled, expiresAt } = subscription.value;
          expect(vm.status, vm.name).to.equal(cancelled ? 'destroyed' : 'active');
          if (cancelled) continue;
          expect(vm).to.include({ nftMinted: true, gecosSynced: true });
          expect(Date.parse(vm.expiresAt)).to.equal(expiresAt * 1_000);
          expect(await host.provisioner.status(vm)).to.include({ value: 'running' });
        }
        await host.clear();
      }),
      {
        seed: Number(process.env.SEED ?? 20_261_121),
        numRuns: Number(process.env.RUNS ?? 1),
        endOnFailure: true,
      },
    );
  });
});
