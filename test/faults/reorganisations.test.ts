import { expect } from 'chai';
import type { Purchase } from '../demo/main-job.js';
import { rpc } from '../engine-evm/evm-host.js';
import { CrashHost, vmNameOf } from '../failpoints/crash-host.js';
import { type Fate, replaceBlocks } from './replaced-blocks.js';

/** Of the stages, those after which something stands outside of the host; test/hosting has all of them in memory. */
const STAGES = ['create.save-create-vm:after', 'settle.broadcast:after'];
const ELSEWHERE: readonly Fate[] = ['in one block, others first', 'one block later'];

describe('a host whose chain replaces blocks', function () {
  this.timeout(60_000);
  let host: CrashHost;

  before(async function () {
    this.timeout(120_000);
    host = await CrashHost.create();
  });
  afterEach(() => host.clear());
  after(() => host.dispose());

  const height = async () => Number(await rpc<string>(host.ready.devnet.rpcUrl, 'eth_blockNumber', []));
  const replaceFrom = (from: number, fate: Fate) => replaceBlocks(host.ready.devnet.rpcUrl, from, fate);
  const record = async (purchase: Purchase) => {
    const vm = await host.vms.get(vmNameOf(purchase));
    if (!vm) throw new Error('the VM is gone');
    return vm;
  };
  const served = async () => {
    const purchase = await host.buy();
    await host.runToRest();
    return purchase;
  };
  /** What a lost mint needs is three runs in which it was missed, and one that sees it again. */
  const reconcile = async (runs: number) => {
    for (let run = 0; run < runs; run += 1) {
      // As if its interval had passed since the last.
      await host.database('missing_credentials').update({ counted_at: 0 });
      await host.ready.host.run('reconcile');
    }
  };

  describe('in which there is a purchase', () => {
    // Of a development chain every block is final.
    for (const [above, fate] of [
      [0, 'in one block, others first'],
      [2, 'one block later'],
      [70, 'in one block, others first'],
    ] as const)
      it(`serves it once when it comes back ${fate}, from below ${above} others`, async () => {
        const from = (await height()) + 1;
        const purchase = await served();
        await host.onchain.mineEmpty(above);
        await host.runToRest();
        await replaceFrom(from, fate);
        await host.runToRest();
        await host.checkInvariants(purchase);
      });

    for (const failpoint of STAGES)
      it(`serves it once when it comes back after the host died at ${failpoint}`, async () => {
        const from = (await height()) + 1;
        const purchase = await host.buy();
        await host.crashAt(failpoint);
        await replaceFrom(from, 'one block later');
        await host.runToRest();
        await host.checkInvariants(purchase);
      });

    for (const failpoint of STAGES)
      it(`makes nothing twice, and tells a person, when it never comes back after the host died at ${failpoint}`, async () => {
        const from = (await height()) + 1;
        const lost = await host.buy();
        await host.crashAt(failpoint);
        await replaceFrom(from, 'never');
        await host.runToRest();
        await host.checkRest(lost);
        expect(await host.vms.list()).to.have.lengthOf(1);
        const entries = await host.database('pipeline_entries').where({ vm_name: vmNameOf(lost) });
        expect(entries.map(({ needs_operator }) => needs_operator)).to.include(1);
        const mints = await host.ready.engine.credentials.findMints(lost.customer.address, from);
        expect(mints).to.have.property('value').with.length.at.most(1);
        // The number is given again.
        await host.clear();
        const next = await host.buy();
        expect(next.subscriptionId).to.equal(lost.subscriptionId);
        await host.runToRest();
        await host.checkRest(next);
      });
  });

  it('hands the same mint in again when it vanished and its purchase stayed', async () => {
    const purchase = await host.buy();
    const from = (await height()) + 1;
    await host.runToRest();
    await replaceFrom(from, 'never');
    await host.runToRest();
    await reconcile(3);
    // What the same wallet had sent before the mint vanished with it, and comes first.
    await host.ready.host.run('funds', 'gas-check');
    await host.onchain.mineEmpty(1);
    await reconcile(1);
    await host.checkInvariants(purchase);
  });

  for (const fate of ELSEWHERE)
    it(`extends once when the extension comes back ${fate}`, async () => {
      const purchase = await served();
      const from = (await height()) + 1;
      await host.onchain.extend(purchase, 10);
      await host.runToRest();
      await replaceFrom(from, fate);
      await host.runToRest();
      await host.checkInvariants(purchase);
      const chain = await host.ready.engine.subscriptions.get(purchase.subscriptionId);
      expect(chain).to.have.nested.property(
        'value.expiresAt',
        Date.parse((await record(purchase)).expiresAt) / 1_000,
      );
    });

  it('shortens nothing and tells a person when an extension never comes back', async () => {
    const purchase = await served();
    const from = (await height()) + 1;
    await host.onchain.extend(purchase, 10);
    await host.runToRest();
    const { expiresAt } = await record(purchase);
    await replaceFrom(from, 'never');
    await host.runToRest();
    expect(await record(purchase)).to.include({ expiresAt, status: 'active' });
    const open = await host.database('pipeline_entries').where({ vm_name: vmNameOf(purchase) });
    expect(open.filter(({ needs_operator }) => needs_operator === 1).map(({ kind }) => kind)).to.deep.equal([
      'extend',
    ]);
    await host.checkRest(purchase);
  });

  for (const fate of ['one block later', 'never'] as const)
    it(`destroys once when the cancellation comes back: ${fate}`, async () => {
      const purchase = await served();
      const from = (await height()) + 1;
      await host.onchain.cancel(purchase);
      await host.runToRest();
      await replaceFrom(from, fate);
      await host.runToRest();
      expect(await host.vms.get(vmNameOf(purchase))).to.include({ status: 'destroyed' });
      const [cancel] = await host
        .database('pipeline_entries')
        .where({ vm_name: vmNameOf(purchase), kind: 'cancel' });
      expect(cancel).to.include(
        fate === 'never' ? { state: 'failed', needs_operator: 1 } : { state: 'done', needs_operator: 0 },
      );
      await host.checkRest(purchase);
    });

  for (const fate of ['one block later', 'never'] as const)
    it(`lets in who holds the credential when its transfer comes back: ${fate}`, async () => {
      const purchase = await served();
      const heir = await host.ready.devnet.customer('heir');
      const credentials = host.ready.engine.chain.contracts?.credentials ?? '';
      const from = (await height()) + 1;
      const tokenId = BigInt((await record(purchase)).nftTokenId ?? -1);
      await purchase.customer.transfer({ credentials, tokenId, to: heir.address });
      await reconcile(1);
      expect(await record(purchase)).to.include({ ownerWallet: heir.address });
      await replaceFrom(from, fate);
      await host.runToRest();
      await reconcile(4);
      const owner = fate === 'never' ? purchase.customer.address : heir.address;
      expect(await record(purchase)).to.include({ ownerWallet: owner, gecosSynced: true });
      await host.checkRest(purchase);
    });
});
