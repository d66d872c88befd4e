import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { ReconcilingHost, runReconciler } from './reconciling.js';

describe('two runs of the reconciler at the same moment', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  beforeEach(async () => {
    the = await ReconcilingHost.create();
  });
  afterEach(() => the.dispose());

  const bothRun = async () => {
    const runs = await Promise.allSettled([runReconciler(the.host), runReconciler(the.host)]);
    for (const run of runs)
      if (run.status === 'rejected')
        expect(hasCode(run.reason, 'lock.busy'), String(run.reason)).to.equal(true);
    expect(runs.map(({ status }) => status)).to.include('fulfilled');
  };

  it('tell the guest of a new owner once', async () => {
    const [alice] = await the.sell();
    const bob = the.host.chain.customer(9);
    if (alice) the.transfer(alice, 0n, bob);
    await bothRun();
    expect(await the.vm()).to.include({ ownerWallet: bob.key.address, gecosSynced: true });
    expect(the.machines.acts).to.deep.equal(['login blockhost-001']);
    await the.host.checkInvariants();
  });

  it('do nothing twice beside the monitor, whose task runs as well', async () => {
    const [alice] = await the.sell();
    const bob = the.host.chain.customer(9);
    if (alice) the.transfer(alice, 0n, bob);
    the.host = await the.host.restarted();
    await the.host.database('reconciler_run').update({ due_at: 0 });
    await the.host.startMonitor();
    await bothRun();
    await the.host.untilRest();
    await the.host.stopMonitor();
    the.host = await the.host.restarted();
    await runReconciler(the.host);
    expect(await the.vm()).to.include({ ownerWallet: bob.key.address, gecosSynced: true });
    expect(the.machines.acts).to.deep.equal(['login blockhost-001']);
    await the.host.checkInvariants();
  });
});
