import { join } from 'node:path';
import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { garbageFailpoints } = (await import(join(hosting, 'garbage/collect-garbage.js'))) as {
  garbageFailpoints: readonly string[];
};
const COLLECT = ['vm', 'gc', '--execute', '--grace-days', '0'];

describe('a garbage collection killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;
  const purchases: Purchase[] = [];

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
    for (const _ of garbageFailpoints) purchases.push(await host.buy());
    await host.runToRest();
  });
  after(() => host.dispose());

  for (const failpoint of garbageFailpoints)
    it(`at ${failpoint} ends one VM that nobody pays for, and no other`, async () => {
      const [purchase, ...others] = [purchases.shift(), ...purchases];
      if (!purchase) throw new Error('nothing was bought');
      const name = vmNameOf(purchase);
      await host.onchain.cancel(purchase);
      await host.database('vms').where({ name }).update({ expires_at: '2001-01-01T00:00:00.000Z' });
      if (failpoint.startsWith('destroy-vm')) await host.ready.host.run(...COLLECT);

      await host.crashAt(failpoint, COLLECT);
      // Suspended by the first, destroyed by the second.
      for (const _ of ['suspended', 'destroyed']) await host.ready.host.run(...COLLECT);
      expect(await host.vms.get(name)).to.include({ status: 'destroyed', ipv4: null });
      expect(await host.provisioner.status({ name, backendRef: null })).to.include({ kind: 'absent' });
      expect((await host.vms.list()).map((vm) => `${vm.name} ${vm.status}`)).to.deep.equal(
        others.map((other) => `${vmNameOf(other)} active`),
      );
      await host.checkRest(purchase);
    });

  it('leaves nothing for the monitor, which reads of the cancellations later', async () => {
    await host.runToRest();
    expect(await host.vms.list()).to.deep.equal([]);
    expect(await host.database('pipeline_entries').whereNot({ state: 'done' })).to.deep.equal([]);
  });
});
