import { join } from 'node:path';
import type { Customer } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { reconcilerFailpoints } = (await import(join(dist, 'reconciler/failpoints.js'))) as {
  reconcilerFailpoints: readonly string[];
};

const of = (...steps: string[]) =>
  reconcilerFailpoints.filter((name) => steps.includes(name.replace(/^reconcile\.|:(before|after)$/g, '')));

describe('a reconciler killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: CrashHost;
  let purchase: Purchase;
  let owners: readonly [Customer, Customer];

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
    purchase = await host.buy();
    await host.runToRest();
    owners = [purchase.customer, await host.ready.devnet.customer('heir')];
  });
  after(() => host.dispose());

  const crashAt = async (failpoint: string) => {
    const env = { BLOCKHOST_FAILPOINT: failpoint };
    const { signal, stderr } = await host.ready.host.start(['reconcile'], { env }).ended;
    expect(signal, stderr).to.equal('SIGKILL');
  };
  const record = async () => {
    const vm = await host.vms.get(vmNameOf(purchase));
    if (!vm) throw new Error('the VM is gone');
    return vm;
  };
  const login = async () => {
    const passwd = await host.provisioner.guestExec?.(await record(), 'cat etc/passwd', { timeoutMs: 5_000 });
    return /wallet=[^:]*/.exec(passwd?.stdout ?? '')?.[0];
  };

  for (const failpoint of of(
    'observe',
    'set-owner',
    'update-gecos',
    'update-gecos-tell',
    'update-gecos-record',
    'note',
    'finish',
  ))
    it(`at ${failpoint} gives the VM to the last owner in the end`, async () => {
      const [from, to] = owners;
      owners = [to, from];
      const { nftTokenId } = await record();
      const credentials = host.ready.engine.chain.contracts?.credentials ?? '';
      await from.transfer({ credentials, tokenId: BigInt(nftTokenId ?? -1), to: to.address });
      await crashAt(failpoint);
      await host.ready.host.run('reconcile');
      expect(await record()).to.include({ ownerWallet: to.address, gecosSynced: true, status: 'active' });
      expect(await login()).to.equal(`wallet=${to.address},nft=${nftTokenId}`);
      expect(await host.ready.host.run('reconcile', '--dry-run')).to.equal('');
    });

  for (const failpoint of of('resume', 'start-vm', 'activate'))
    it(`at ${failpoint} starts the VM that is paid for in the end`, async () => {
      await host.suspend(vmNameOf(purchase));
      await crashAt(failpoint);
      await host.ready.host.run('reconcile');
      expect(await record()).to.include({ status: 'active', suspendReason: null });
      expect(await host.provisioner.status(await record())).to.include({ value: 'running' });
    });

  for (const failpoint of of('extend'))
    it(`at ${failpoint} records the time that was paid in the end`, async () => {
      const { expiresAt } = await record();
      await host.database('vms').update({ expires_at: '2001-01-01T00:00:00.000Z' });
      await crashAt(failpoint);
      await host.ready.host.run('reconcile');
      expect(await record()).to.include({ expiresAt });
    });
});
