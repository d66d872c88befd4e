import { join } from 'node:path';
import type { Customer } from '@blockhost/kernel';
import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { CrashHost, vmNameOf } from './crash-host.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { reconcilerFailpoints } = (await import(join(dist, 'reconciler/failpoints.js'))) as {
  reconcilerFailpoints: readonly string[];
};

const waiting = new Set(reconcilerFailpoints);
/** Failpoints of these steps, which are killed now. */
const of = (...steps: string[]) =>
  reconcilerFailpoints.filter(
    (name) => steps.includes(name.replace(/^reconcile\.|:(before|after)$/g, '')) && waiting.delete(name),
  );

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

  afterEach(() => host.checkRest(purchase));

  /** As if its interval had passed since the last run. */
  const passInterval = () => host.database('missing_credentials').update({ counted_at: 0 });
  const crashAt = async (failpoint: string) => {
    await passInterval();
    await host.crashAt(failpoint, ['reconcile']);
  };
  const reconcile = async () => {
    await passInterval();
    return host.ready.host.run('reconcile');
  };
  const changeVm = (columns: object) =>
    host
      .database('vms')
      .where({ name: vmNameOf(purchase) })
      .update(columns);
  /** As after as many runs in which the chain did not have it. */
  const missIt = (token_id: string | null, passes: number) =>
    host.database('missing_credentials').insert({ vm_name: vmNameOf(purchase), token_id, passes });
  const changeEntry = (columns: object) =>
    host
      .database('pipeline_entries')
      .where({ vm_name: vmNameOf(purchase), kind: 'create' })
      .update(columns);
  const entry = () =>
    host
      .database('pipeline_entries')
      .where({ vm_name: vmNameOf(purchase), kind: 'create' })
      .first();
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
      await reconcile();
      expect(await record()).to.include({ ownerWallet: to.address, gecosSynced: true, status: 'active' });
      expect(await login()).to.equal(`wallet=${to.address},nft=${nftTokenId}`);
      expect(await host.ready.host.run('reconcile', '--dry-run')).to.equal('');
    });

  for (const failpoint of of('resume', 'start-vm', 'activate'))
    it(`at ${failpoint} starts the VM that is paid for in the end`, async () => {
      await host.suspend(vmNameOf(purchase));
      await crashAt(failpoint);
      await reconcile();
      expect(await record()).to.include({ status: 'active', suspendReason: null });
      expect(await host.provisioner.status(await record())).to.include({ value: 'running' });
    });

  for (const failpoint of of('extend'))
    it(`at ${failpoint} records the time that was paid in the end`, async () => {
      const { expiresAt } = await record();
      await host.database('vms').update({ expires_at: '2001-01-01T00:00:00.000Z' });
      await crashAt(failpoint);
      await reconcile();
      expect(await record()).to.include({ expiresAt });
    });

  for (const failpoint of of('clear-missing'))
    it(`at ${failpoint} forgets in the end that it missed a credential once`, async () => {
      await missIt((await record()).nftTokenId, 1);
      await crashAt(failpoint);
      await reconcile();
      expect(await host.database('missing_credentials')).to.deep.equal([]);
    });

  for (const failpoint of of('forget-mint', 'bind-mint'))
    it(`at ${failpoint} records the credential in the end that its mint gave`, async () => {
      const { nftTokenId } = await record();
      await changeVm({ nft_token_id: '999999' });
      await missIt('999999', 3);
      await crashAt(failpoint);
      await reconcile();
      expect(await record()).to.include({ nftTokenId, nftMinted: true });
      expect(await host.database('missing_credentials')).to.deep.equal([]);
    });

  for (const failpoint of of('requeue'))
    it(`at ${failpoint} has the pipeline end what failed after its VM stood`, async () => {
      await changeEntry({ state: 'failed', stage: 'nft_minted', failed_stage: 'db_updated' });
      await crashAt(failpoint);
      await reconcile();
      await host.runToRest();
      expect(await entry()).to.include({ state: 'done', stage: 'complete' });
    });

  for (const failpoint of of('call-operator'))
    it(`at ${failpoint} calls an operator in the end for what no try helps`, async () => {
      await changeEntry({ state: 'failed', failed_stage: 'db_updated', requeues: 49 });
      await crashAt(failpoint);
      await reconcile();
      expect(await entry()).to.include({ state: 'failed', needs_operator: 1 });
      await changeEntry({ state: 'done', failed_stage: null, needs_operator: 0, requeues: 0 });
    });

  for (const failpoint of of('remember-admin'))
    it(`at ${failpoint} knows in the end who the administrator is`, async () => {
      const known = await host.database('admin_identity').select('token_id', 'owner');
      expect(known).to.have.lengthOf(1);
      await host.database('admin_identity').update({ owner: owners[1].address });
      await crashAt(failpoint);
      await reconcile();
      expect(await host.database('admin_identity').select('token_id', 'owner')).to.deep.equal(known);
    });

  for (const failpoint of of('rebroadcast', 'broadcast'))
    it(`at ${failpoint} brings the mint that a reorganisation took back onto the chain again`, async () => {
      const another = await host.buy();
      await host.runToRest();
      const minted = await host.vms.get(vmNameOf(another));
      await host.onchain.reorganise(1);
      expect(await host.ready.engine.credentials.get(BigInt(minted?.nftTokenId ?? -1))).to.include({
        kind: 'absent',
      });
      const missing = { vm_name: vmNameOf(another), token_id: minted?.nftTokenId, passes: 3 };
      await host.database('missing_credentials').insert(missing);
      await crashAt(failpoint);
      await reconcile();
      const { nftTokenId, ownerWallet } = (await host.vms.get(vmNameOf(another))) ?? {};
      expect(nftTokenId).to.equal(minted?.nftTokenId);
      expect(await host.ready.engine.credentials.get(BigInt(nftTokenId ?? -1))).to.have.nested.include({
        'value.owner': ownerWallet,
      });
    });

  for (const failpoint of of('count-missing', 'set-burned'))
    it(`at ${failpoint} notes in the end that its credential was burnt, and only that`, async () => {
      const another = await host.buy();
      await host.runToRest();
      const vm = await host.vms.get(vmNameOf(another));
      await host.onchain.burn(another.customer.address, vm?.nftTokenId ?? '');
      if (failpoint.includes('set-burned')) for (let run = 1; run < 3; run += 1) await reconcile();
      await crashAt(failpoint);
      for (let run = 0; run < 3; run += 1) await reconcile();
      expect(await host.vms.get(vmNameOf(another))).to.deep.equal({ ...vm, nftBurned: true });
    });

  it('was killed everywhere', () => {
    expect([...waiting]).to.deep.equal([]);
  });
});
