import type { FakeCustomer } from '@blockhost/kernel/testing';
import { expect } from 'chai';

import type { MemoryHostOptions } from './memory-host.js';
import { MovableClock } from './movable-clock.js';
import { ReconcilingHost, runReconcilerAtOnce } from './reconciling.js';

const HALF_HOUR = 1_800_000;

describe('mints that the reconciler mends', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  afterEach(() => the.dispose());

  const start = async (count = 1, options?: MemoryHostOptions): Promise<readonly FakeCustomer[]> => {
    the = await ReconcilingHost.create(options);
    return the.sell(count);
  };
  const credentials = () => the.host.chain.ledger.contracts.credentials.filter(({ burnt }) => !burnt);
  const entry = async (id = 'create:1') => (await the.host.entries()).find((each) => each.id === id);
  const acts = async () => (await the.run()).plan.actions.map((action) => action.do);

  describe('of a purchase that failed after its VM was made', () => {
    let time: MovableClock;
    let sign: unknown;

    /** A purchase whose mint nobody could sign. */
    const fail = async () => {
      time = new MovableClock();
      the = await ReconcilingHost.create({ clock: time });
      const { transactions } = the.host.chain;
      sign = transactions.sign;
      Object.assign(transactions, {
        sign: async () => {
          throw new Error('not now');
        },
      });
      await the.host.buy(the.host.chain.customer(1), 30_000);
      await the.serveInPart();
    };
    const mend = () => Object.assign(the.host.chain.transactions, { sign });

    it('keep the VM, call nobody yet, and are tried again after half an hour', async () => {
      await fail();
      expect(await entry()).to.include({ state: 'failed', failed_stage: 'nft_minted', needs_operator: 0 });
      expect(await acts()).to.deep.equal([]);
      time.advance(HALF_HOUR);
      mend();
      expect(await acts()).to.deep.equal(['requeue']);
      await the.serve();
      expect(await entry()).to.include({ state: 'done' });
      expect(await the.vm()).to.include({ nftMinted: true, nftTokenId: '0' });
      expect(credentials()).to.have.lengthOf(1);
    });

    it('are left to a person after 48 further tries', async () => {
      await fail();
      await the.host.database('pipeline_entries').update({ requeues: 48 });
      expect(await acts()).to.deep.equal(['call-operator']);
      expect(await entry()).to.include({ state: 'failed', needs_operator: 1 });
      time.advance(HALF_HOUR);
      expect(await acts()).to.deep.equal([]);
    });

    it('are the one that somebody minted by hand, and no second is made', async () => {
      await fail();
      const payload = (await entry())?.conn_encrypted as `0x${string}`;
      const { ownerKey, ledger } = the.host.chain;
      mend();
      const to = the.host.chain.customer(1).key.address;
      the.host.chain.send(ownerKey.key, { do: 'mint', to, userData: '0x' });
      the.host.chain.send(ownerKey.key, { do: 'mint', to, userData: payload });
      expect(await acts()).to.deep.equal(['bind-mint', 'update-gecos']);
      expect(await the.vm()).to.include({ nftMinted: true, nftTokenId: '1' });
      expect(await acts()).to.deep.equal(['requeue']);
      await the.serveInPart();
      await the.host.checkInvariants({ otherMints: [{ to, count: 1 }] });
      expect(await entry()).to.include({ state: 'done' });
      expect(ledger.contracts.mints).to.have.lengthOf(2);
    });
  });

  it('that were confirmed but not recorded are recorded', async () => {
    the = await ReconcilingHost.create();
    await the.host.database.raw(
      `create trigger full before update of nft_minted on vms when new.nft_minted = 1 begin
         select raise(fail, 'database or disk is full'); end`,
    );
    await the.host.buy(the.host.chain.customer(1), 30_000);
    await the.serveInPart();
    expect(await entry()).to.include({ state: 'failed', failed_stage: 'db_updated' });
    await the.host.database.raw('drop trigger full');
    await the.run();
    expect(await the.vm()).to.include({ nftMinted: true, nftTokenId: '0', gecosSynced: true });
    await the.serve();
    expect(await entry()).to.include({ state: 'done' });
    expect(credentials()).to.have.lengthOf(1);
  });

  it('that an operator gave up after they were sent are recorded', async () => {
    the = await ReconcilingHost.create();
    await the.host.database.raw(
      `create trigger full before update of nft_minted on vms when new.nft_minted = 1 begin
         select raise(fail, 'database or disk is full'); end`,
    );
    await the.host.buy(the.host.chain.customer(1), 30_000);
    await the.serveInPart();
    await the.host.database.raw('drop trigger full');
    await the.host
      .database('pipeline_entries')
      .update({ state: 'cancelled', mint: null, conn_encrypted: null });
    await the.host.database('mint_proofs').delete();
    expect(await acts()).to.deep.equal(['bind-mint', 'update-gecos']);
    expect(the.machines.acts).to.not.include('login blockhost-001');
    expect(await the.vm()).to.include({ nftMinted: true, nftTokenId: '0' });
    await the.host.checkInvariants();
  });

  describe('in blocks that the chain took back after they were final', () => {
    const runs = async (count: number) => {
      let last: string[] = [];
      for (let run = 0; run < count; run += 1) last = await acts();
      return last;
    };

    it('are handed in again, the same bytes, after three runs', async () => {
      await start();
      const { ledger } = the.host.chain;
      ledger.reorganise(1, 'lost');
      ledger.mine();
      expect(credentials()).to.have.lengthOf(0);
      expect(await runs(2)).to.deep.equal(['count-missing']);
      expect(await acts()).to.deep.equal(['count-missing', 'rebroadcast']);
      expect(credentials()).to.have.lengthOf(1);
      expect(await acts()).to.deep.equal(['clear-missing']);
      expect(await the.vm()).to.include({ nftMinted: true, nftBurned: false });
      expect(ledger.contracts.mints).to.have.lengthOf(1);
      await the.host.checkInvariants();
    });

    it('are not given up by runs that follow each other within one interval', async () => {
      const time = new MovableClock();
      await start(1, { clock: time });
      const { ledger, ownerKey } = the.host.chain;
      ledger.reorganise(1, 'lost');
      the.host.chain.send(ownerKey.key, { do: 'create-plan', name: 'Other', price: 1n });
      const atOnce = async () =>
        (await runReconcilerAtOnce(the.host)).plan.actions.map((action) => action.do);
      expect(await atOnce()).to.deep.equal(['count-missing']);
      for (let run = 0; run < 4; run += 1) expect(await atOnce()).to.deep.equal([]);
      time.advance(300_000);
      expect(await atOnce()).to.deep.equal(['count-missing']);
      time.advance(200_000);
      expect(await atOnce()).to.deep.equal([]);
      expect(await the.vm()).to.include({ nftMinted: true });
      time.advance(100_000);
      expect(await atOnce()).to.deep.equal(['count-missing', 'forget-mint']);
      expect(await the.vm()).to.include({ nftMinted: false });
    });

    it('and whose place another transaction took are no credential any more, until one is minted by hand', async () => {
      const [alice] = await start();
      const { ledger, ownerKey } = the.host.chain;
      ledger.reorganise(1, 'lost');
      the.host.chain.send(ownerKey.key, { do: 'create-plan', name: 'Other', price: 1n });
      await runs(3);
      expect(await the.vm()).to.include({ nftMinted: false, nftTokenId: null });
      expect((await the.findings()).map(({ kind }) => kind)).to.deep.equal(['credential-lost']);
      expect(await acts()).to.deep.equal([]);
      expect((await the.findings()).map(({ kind }) => kind)).to.deep.equal(['credential-lost']);
      if (alice) the.host.chain.send(ownerKey.key, { do: 'mint', to: alice.key.address, userData: '0x' });
      expect(await acts()).to.deep.equal(['bind-mint', 'update-gecos']);
      expect(await the.vm()).to.include({ nftMinted: true, nftTokenId: '0' });
      await the.run();
      expect(await the.findings()).to.deep.equal([]);
      await the.host.checkInvariants();
    });

    it('never make the owner of a credential that took the id the owner of the VM', async () => {
      await start();
      const { ledger, ownerKey } = the.host.chain;
      const before = await the.vm();
      ledger.reorganise(1, 'lost');
      const mallory = the.host.chain.customer(66).key.address;
      the.host.chain.send(ownerKey.key, { do: 'mint', to: mallory, userData: '0x' });
      await runs(4);
      expect(await the.vm()).to.include({ ownerWallet: before.ownerWallet, nftMinted: false });
      expect(the.login()).to.not.include(mallory);
    });

    it('and come back in another order are bound to their own VMs', async () => {
      const [alice, bob] = await start(2);
      const { ledger } = the.host.chain;
      const { mints } = ledger.contracts;
      expect(mints.map(({ tokenId, to }) => [tokenId, to])).to.deep.equal([
        [0n, alice?.key.address],
        [1n, bob?.key.address],
      ]);
      const swap = (id: bigint) => (id === 0n ? 1n : 0n);
      const { credentials: facet } = the.host.chain;
      const { owners, mintedIn } = facet;
      Object.assign(facet, {
        owners: (ids: readonly bigint[]) => owners(ids.map(swap)),
        mintedIn: async (mint: Parameters<typeof mintedIn>[0]) => {
          const found = await mintedIn(mint);
          return found.kind === 'present'
            ? { ...found, value: { ...found.value, tokenId: swap(found.value.tokenId) } }
            : found;
        },
      });
      await runs(3);
      expect(await the.vm('blockhost-001')).to.include({ nftTokenId: '1', ownerWallet: alice?.key.address });
      expect(await the.vm('blockhost-002')).to.include({ nftTokenId: '0', ownerWallet: bob?.key.address });
      expect(the.login('blockhost-001')).to.equal(`wallet=${alice?.key.address},nft=1`);
      expect(await acts()).to.deep.equal([]);
    });

    it('are judged only by nodes that answer', async () => {
      await start();
      the.host.chain.ledger.reorganise(1, 'lost');
      await runs(2);
      const { lookup } = the.host.chain.transactions;
      Object.assign(the.host.chain.transactions, {
        lookup: async () => ({ state: 'unknown', reason: 'away' }),
      });
      expect(await runs(3)).to.deep.equal([]);
      Object.assign(the.host.chain.transactions, { lookup });
      expect(await the.vm()).to.include({ nftMinted: true });
      expect(await acts()).to.include('rebroadcast');
    });
  });

  it('older than a day count as final, whatever a node forgot of them', async () => {
    const [alice] = await start();
    const { ledger } = the.host.chain;
    ledger.mine(200);
    Object.assign(the.host.chain.chain, { blockTimeMs: 1_000_000 });
    if (alice) the.transfer(alice, 0n, the.host.chain.customer(9));
    Object.assign(the.host.chain.transactions, { lookup: async () => ({ state: 'superseded' }) });
    await the.run();
    expect(await the.vm()).to.include({ ownerWallet: the.host.chain.customer(9).key.address });
    expect(await the.host.database('mint_proofs')).to.deep.equal([]);
  });
});
