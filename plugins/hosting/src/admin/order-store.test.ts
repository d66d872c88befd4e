import type { AdminOrder } from '@blockhost/kernel';
import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import { OrderStore, recentOrders } from './order-store.js';

describe('OrderStore', () => {
  let host: TestHost;
  let store: OrderStore;

  beforeEach(async () => {
    host = await TestHost.create();
    store = new OrderStore(host.database, 'fake:1', host.clock);
  });
  afterEach(() => host.dispose());

  let orders = 0;
  const order = (nonce: string, freshness: AdminOrder['freshness']): AdminOrder => {
    orders += 1;
    return {
      transactionHash: `0x${orders.toString(16).padStart(64, '0')}`,
      height: 1,
      minedAt: 1,
      command: 'x',
      parameters: {},
      nonce,
      freshness,
    };
  };
  const now = () => Math.floor(host.clock.now() / 1_000);

  it('accepts one of many orders with the same nonce that come at once', async () => {
    const same = Array.from({ length: 8 }, () => order('same', { timestamp: now() }));
    const accepted = await Promise.all(same.map((each) => store.accept(each, 'knock', 300)));
    expect(accepted.filter(Boolean)).to.have.lengthOf(1);
    expect(await recentOrders(host.database, 10)).to.have.lengthOf(1);
  });

  it('keeps a nonce for a day from its order’s own time, or for twice as long as the order could be fresh', async () => {
    const day = 86_400;
    await store.accept(order('short', { timestamp: now() + 60 }), 'knock', 300);
    await store.accept(order('long', { timestamp: now() }), 'knock', 3 * day);
    const keeps = async (nonce: string) => store.isSpent(nonce);
    host.clock.advance((day + 60) * 1_000);
    await store.prune();
    expect([await keeps('short'), await keeps('long')]).to.deep.equal([true, true]);
    host.clock.advance(1_000);
    await store.prune();
    expect([await keeps('short'), await keeps('long')]).to.deep.equal([false, true]);
    host.clock.advance((5 * day + 60) * 1_000);
    await store.prune();
    expect(await keeps('long')).to.equal(false);
  });

  it('never forgets the highest of nonces that are heights, and those below it for a year', async () => {
    for (const height of [100, 900_000 - 52_561, 900_000 - 52_560, 900_000])
      await store.accept(order(String(height), { height }), 'knock', 300);
    host.clock.advance(10 * 366 * 86_400_000);
    await store.prune();
    expect(await host.database('admin_nonces').orderBy('height').pluck('height')).to.deep.equal([
      847_440, 900_000,
    ]);
    expect(await store.highest()).to.equal(900_000);
  });

  it('keeps the chains of a host apart', async () => {
    await store.accept(order('same', { height: 7 }), 'knock', 300);
    const other = new OrderStore(host.database, 'fake:2', host.clock);
    expect([await other.isSpent('same'), await other.highest()]).to.deep.equal([false, null]);
    expect(await other.accept(order('same', { height: 3 }), 'knock', 300)).to.equal(true);
  });

  it('forgets the oldest refusals of very many, and nothing that is worked on', async () => {
    const working = order('working', { timestamp: now() });
    await store.accept(working, 'knock', 300);
    for (let each = 0; each < 1_005; each += 1) await store.refuse(order('x', { timestamp: 0 }), null, 'x');
    await store.prune();
    const left = await recentOrders(host.database, 2_000);
    expect(left).to.have.lengthOf(1_001);
    expect(left.at(-1)).to.include({ transactionHash: working.transactionHash, state: 'accepted' });
  });
});
