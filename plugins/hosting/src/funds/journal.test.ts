import type { SignedTransaction } from '@blockhost/kernel';
import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import { pruneOrders } from '../wallets/prune-orders.js';
import { WalletOrder } from '../wallets/wallet-order.js';
import { FundJournal } from './journal.js';
import type { Operation, Transfer } from './operation.js';

const DAY = 86_400_000;
const share: Transfer = {
  step: 'share',
  token: 'dollar',
  fromRole: 'hot',
  toRole: 'dev',
  to: 'dev-address',
  amount: 5n,
};
const signed: SignedTransaction = {
  hash: '0x01',
  from: 'hot-address',
  sequence: '0',
  raw: '0x02',
  description: 'pay dev',
  signedAtHeight: 7,
  maxFee: '1',
};

describe('FundJournal', () => {
  let host: TestHost;
  let here: FundJournal;
  let there: FundJournal;
  beforeEach(async () => {
    host = await TestHost.create();
    here = new FundJournal(host.database, host.clock, 'chain:1');
    there = new FundJournal(host.database, host.clock, 'chain:2');
  });
  afterEach(() => host.dispose());

  const plan = async (journal: FundJournal, transfer = share): Promise<Operation> => {
    const cycle = await journal.begin('fund-cycle', DAY);
    const [operation] = await journal.plan(cycle.id, [transfer]);
    if (!operation) throw new Error('nothing was planned');
    return operation;
  };
  const steps = async () =>
    (await host.database('fund_operations').orderBy('id')).map(({ step, status }) => `${step} ${status}`);

  it('keeps the money of one chain apart from that of another', async () => {
    const operation = await plan(here);
    await here.signed(operation, signed);
    await here.failed(operation, 'refused');
    const withdrawal = await plan(here, { ...share, step: 'withdraw' });
    await here.signed(withdrawal, signed);
    await here.confirmed(withdrawal, 900);
    await plan(here, { ...share, step: 'buffer' });

    expect(await there.open()).to.deep.equal([]);
    expect(await there.owed()).to.deep.equal([]);
    expect(await there.lastSigned('share')).to.equal(null);
    expect(await there.confirmedSince(0)).to.deep.equal([]);
    expect(await there.current('fund-cycle', DAY)).to.equal(null);
    expect((await there.state()).settledHeight).to.equal(0);

    await there.failed(await plan(there), 'refused as well');
    expect(await here.owed()).to.deep.equal([{ token: 'dollar', role: 'dev', amount: 5n }]);
    expect(await there.owed()).to.deep.equal(await here.owed());
    expect((await here.open()).map(({ step }) => step)).to.deep.equal(['buffer']);
    expect((await here.state()).settledHeight).to.equal(900);
  });

  it('never goes back in the height up to which transfers are settled', async () => {
    for (const height of [900, 400]) {
      const operation = await plan(here);
      await here.signed(operation, signed);
      await here.confirmed(operation, height);
    }
    expect((await here.state()).settledHeight).to.equal(900);
  });

  it('takes over what was written before journals were kept by chain', async () => {
    await here.failed(await plan(here), 'refused');
    for (const table of ['fund_cycles', 'fund_operations', 'fund_owed'])
      await host.database(table).update({ chain: '' });
    await there.adopt();
    expect(await there.owed()).to.deep.equal([{ token: 'dollar', role: 'dev', amount: 5n }]);
    await here.adopt();
    expect(await here.owed()).to.deep.equal([]);
  });

  it('forgets what was over long ago, but nothing open and nothing that tells when a step was last done', async () => {
    const old = [];
    for (const step of ['share', 'share', 'swap', 'buffer'] as const)
      old.push(await plan(here, { ...share, step }));
    const [first, second, swap, buffer] = old as [Operation, Operation, Operation, Operation];
    for (const operation of [first, second, swap]) {
      await here.signed(operation, signed);
      await here.confirmed(operation, 1);
    }
    await here.failed(await plan(here, { ...share, step: 'withdraw' }), 'refused');
    await here.succeeded('fund-cycle', await here.begin('fund-cycle', DAY));
    host.clock.advance(400 * DAY);
    await here.failed(await plan(here, { ...share, step: 'hot-gas' }), 'refused now');
    await here.prune(host.clock.now() - 366 * DAY);
    expect(await steps()).to.deep.equal([
      'share confirmed',
      'swap confirmed',
      'buffer planned',
      'hot-gas failed',
    ]);
    expect((await here.find(second.id)).id).to.equal(second.id);
    expect((await here.open()).map(({ id }) => id)).to.deep.equal([buffer.id]);
    expect(await host.database('fund_cycles')).to.have.lengthOf(2);
  });

  it('forgets orders of persons that were over long ago, and no open one', async () => {
    const order = (word: string) =>
      new WalletOrder(host.database, host.clock, { chain: 'chain:1', words: [word], what: word });
    const done = order('done');
    await done.journal('1').save(signed);
    await done.ended('1', 'mined');
    await done.end();
    await order('open').journal('1').save(signed);
    host.clock.advance(400 * DAY);
    await pruneOrders(host.database, host.clock.now() - 366 * DAY);
    expect(await host.database('wallet_orders').pluck('what')).to.deep.equal(['open']);
    expect(await host.database('wallet_transactions')).to.have.lengthOf(1);
    expect(await order('open').legs()).to.deep.equal(['1']);
  });
});
