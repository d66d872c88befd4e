import { join } from 'node:path';
import { bumpFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { pipelineFailpoints } = (await import(join(hosting, 'pipeline/stages.js'))) as {
  pipelineFailpoints(kind: 'create' | 'extend' | 'cancel'): readonly string[];
};
const { monitorFailpoints } = (await import(join(hosting, 'monitor/scanner.js'))) as {
  monitorFailpoints: readonly string[];
};
const { watchFailpoints } = (await import(join(hosting, 'monitor/range-watch.js'))) as {
  watchFailpoints: readonly string[];
};
const { taskFailpoints } = (await import(join(hosting, 'tasks/scheduler.js'))) as {
  taskFailpoints(name: string): readonly string[];
};
const { TASKS } = (await import(join(hosting, 'tasks/tasks.js'))) as {
  TASKS: readonly ((host: object) => { readonly name: string })[];
};
const rewinds = monitorFailpoints.filter((name) => name.startsWith('monitor.rewind'));
/** Reached only when the chain gave another credential than was reserved. */
const corrections = pipelineFailpoints('create').filter((name) => name.includes('update-gecos'));
const purchases = [
  ...monitorFailpoints.filter((name) => !rewinds.includes(name)),
  ...watchFailpoints,
  ...pipelineFailpoints('create').filter((name) => !corrections.includes(name)),
];

describe('a host killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
  });
  after(() => host.dispose());

  describe('while it serves a purchase', () => {
    afterEach(() => host.clear());

    for (const failpoint of purchases)
      it(`at ${failpoint} serves the purchase with one VM and one credential`, async () => {
        const purchase = await host.buy();
        await host.crashAt(failpoint);
        await host.runToRest();
        await host.checkInvariants(purchase);
      });

    for (const failpoint of corrections)
      it(`at ${failpoint} still tells the VM which credential was minted`, async () => {
        const purchase = await host.buy();
        await host.crashAt('create.save-reserve-token:after');
        await host.onchain.mintAside();
        await host.crashAt(failpoint);
        await host.runToRest();
        await host.checkInvariants(purchase);
      });

    for (const failpoint of bumpFailpoints)
      it(`at ${failpoint} mints once, with one fee or the other`, async () => {
        const purchase = await host.buy();
        await host.onchain.leaveLying(() => host.crashAt(failpoint));
        await host.runToRest();
        await host.checkInvariants(purchase);
      });

    for (const failpoint of TASKS.flatMap((task) => taskFailpoints(task({}).name)))
      it(`at ${failpoint} runs the task and serves the purchase`, async () => {
        const purchase = await host.buy();
        await host.makeTasksDue();
        await host.crashAt(failpoint);
        await host.runToRest();
        await host.checkInvariants(purchase);
        for (const run of await host.database('task_runs').select('name', 'failure'))
          expect(run).to.include({ failure: null });
      });

    for (const failpoint of rewinds)
      it(`at ${failpoint} reads the reorganised chain to its end`, async () => {
        await host.onchain.mineEmpty(5);
        await host.runToRest();
        await host.onchain.reorganise(3);
        await host.crashAt(failpoint);
        await host.runToRest();
        const purchase = await host.buy();
        await host.runToRest();
        await host.checkInvariants(purchase);
      });
  });

  describe('while it extends a suspended VM', () => {
    let purchase: Purchase;
    before(async () => {
      purchase = await host.buy();
      await host.runToRest();
    });
    after(() => host.clear());

    for (const failpoint of pipelineFailpoints('extend'))
      it(`at ${failpoint} resumes it, paid until exactly what the chain says`, async () => {
        await host.suspend(vmNameOf(purchase));
        await host.onchain.extend(purchase, 10);
        await host.crashAt(failpoint);
        await host.runToRest();
        await host.checkInvariants(purchase);
        const subscription = await host.ready.engine.subscriptions.get(purchase.subscriptionId);
        const record = await host.vms.get(vmNameOf(purchase));
        if (subscription.kind !== 'present' || !record) throw new Error('nothing to compare');
        expect(Date.parse(record.expiresAt)).to.equal(subscription.value.expiresAt * 1000);
      });
  });

  describe('while it destroys a cancelled VM', () => {
    const purchases: Purchase[] = [];
    before(async function () {
      this.timeout(120_000);
      for (const _ of pipelineFailpoints('cancel')) purchases.push(await host.buy());
      await host.runToRest(100_000);
    });

    for (const failpoint of pipelineFailpoints('cancel'))
      it(`at ${failpoint} leaves nothing of it and frees its address once`, async () => {
        const purchase = purchases.shift();
        if (!purchase) throw new Error('too little was bought');
        await host.onchain.cancel(purchase);
        await host.crashAt(failpoint);
        await host.runToRest();
        const name = vmNameOf(purchase);
        expect(await host.vms.get(name)).to.include({ status: 'destroyed', ipv4: null });
        expect(await host.provisioner.status({ name, backendRef: null })).to.include({ kind: 'absent' });
        expect(await host.vms.list()).to.have.lengthOf(purchases.length);
        await host.checkRest(purchase);
      });
  });
});
