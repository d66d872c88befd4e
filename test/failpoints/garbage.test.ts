import { join } from 'node:path';
import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { garbageFailpoints } = (await import(join(hosting, 'garbage/collect-garbage.js'))) as {
  garbageFailpoints: readonly string[];
};
const ends = garbageFailpoints.filter((name) => !name.startsWith('sweep.'));
/** Failpoints of what removes an orphan. */
const sweeps = (step: string) => garbageFailpoints.filter((name) => name.startsWith(`sweep.${step}:`));
const COLLECT = ['vm', 'gc', '--execute', '--grace-days', '0'];

describe('a garbage collection killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;
  const purchases: Purchase[] = [];

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
    for (const _ of [...ends, ...sweeps('destroy-machine')]) purchases.push(await host.buy());
    await host.runToRest(100_000);
  });
  after(() => host.dispose());

  /** One of the purchases, for which nobody pays any more. */
  async function cancelled(): Promise<{ purchase: Purchase; name: string }> {
    const purchase = purchases.shift();
    if (!purchase) throw new Error('too little was bought');
    await host.onchain.cancel(purchase);
    return { purchase, name: vmNameOf(purchase) };
  }

  /** An order that somebody gave long ago and does not follow up. */
  async function leftOrder(name: string): Promise<string> {
    const operationId = crypto.randomUUID();
    const expiresAt = new Date(Date.now() + 86_400_000).toISOString();
    const size = { cpu: 1, memoryMb: 512, diskGb: 5 };
    const owner = { ownerWallet: host.ready.admin.address, planId: null, username: 'left' };
    await host.vms.reserve({ name, operationId, ...owner, ...size, expiresAt }, { addresses: true });
    await host.database('vm_operations').update({ started_at: '2001-01-01T00:00:00.000Z' });
    return operationId;
  }

  for (const failpoint of ends)
    it(`at ${failpoint} ends one VM that nobody pays for, and no other`, async () => {
      const { purchase, name } = await cancelled();
      await host.database('vms').where({ name }).update({ expires_at: '2001-01-01T00:00:00.000Z' });
      if (failpoint.startsWith('destroy-vm')) await host.ready.host.run(...COLLECT);

      await host.crashAt(failpoint, COLLECT);
      // Suspended by the first, destroyed by the second.
      for (const _ of ['suspended', 'destroyed']) await host.ready.host.run(...COLLECT);
      expect(await host.vms.get(name)).to.include({ status: 'destroyed', ipv4: null });
      expect(await host.provisioner.status({ name, backendRef: null })).to.include({ kind: 'absent' });
      expect((await host.vms.list()).map((vm) => `${vm.name} ${vm.status}`)).to.deep.equal(
        purchases.map((other) => `${vmNameOf(other)} active`),
      );
      await host.checkRest(purchase);
    });

  for (const failpoint of sweeps('destroy-machine'))
    it(`at ${failpoint} ends a machine that no record knows`, async () => {
      const { purchase, name } = await cancelled();
      await host.vms.markDestroyed(name);
      const lost = { kind: 'machine-unknown', subject: name, sentence: '' };
      const seen = { first_seen: 0, last_seen: 0, told_at: 0 };
      await host.database('reconciler_findings').insert({ ...lost, ...seen });
      await host.crashAt(failpoint, COLLECT);
      await host.ready.host.run(...COLLECT);
      expect(await host.provisioner.status({ name, backendRef: null })).to.include({ kind: 'absent' });
      await host.checkRest(purchase);
    });

  for (const failpoint of sweeps('abandon-order'))
    it(`at ${failpoint} takes back an order that nobody follows up`, async () => {
      await leftOrder('left-order');
      await host.crashAt(failpoint, COLLECT);
      await host.ready.host.run(...COLLECT);
      expect(await host.vms.get('left-order')).to.equal(null);
      expect(await host.database('vm_operations')).to.deep.equal([]);
      expect(await host.database('vm_addresses').whereNotNull('vm_id')).to.have.lengthOf(purchases.length);
    });

  for (const failpoint of sweeps('release-quarantine'))
    it(`at ${failpoint} frees the address of a VM that is proven gone`, async () => {
      await host.vms.abandon('left-order', await leftOrder('left-order'), 'quarantine');
      await host.crashAt(failpoint, COLLECT);
      await host.ready.host.run(...COLLECT);
      expect(await host.database('vm_addresses').whereNotNull('quarantined_for')).to.deep.equal([]);
    });

  it('is killed everywhere', () => {
    const swept = ['destroy-machine', 'abandon-order', 'release-quarantine'].flatMap(sweeps);
    expect([...ends, ...swept]).to.have.members([...garbageFailpoints]);
  });

  it('leaves nothing for the monitor, which reads of the cancellations later', async () => {
    await host.runToRest();
    expect(await host.vms.list()).to.deep.equal([]);
    expect(await host.database('pipeline_entries').whereNot({ state: 'done' })).to.deep.equal([]);
  });
});
