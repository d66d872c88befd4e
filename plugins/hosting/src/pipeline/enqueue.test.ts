import type { ChainEvent } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { TestHost } from '../test-host.js';
import { enqueue, type OrderEvent, vmNameOf } from './enqueue.js';
import { closeEntry, findEntry, toEntry, updateEntry } from './entry.js';
import { nextEntry } from './queue.js';

let logs = 0;
const place = () => {
  logs += 1;
  const transactionHash = `0x${logs.toString(16).padStart(64, '0')}` as const;
  return { height: logs, blockHash: transactionHash, transactionHash, transactionIndex: 0, logIndex: 0 };
};
const created = (id: number): OrderEvent => ({
  ...place(),
  type: 'subscription-created',
  subscriptionId: BigInt(id),
  planId: 1n,
  subscriber: `fake1${id}`,
  expiresAt: 1_000,
  paidAmount: 1n,
  paymentToken: null,
  userEncrypted: '0x',
});
const extended = (id: number, newExpiresAt: number): OrderEvent => ({
  ...place(),
  type: 'subscription-extended',
  subscriptionId: BigInt(id),
  planId: 1n,
  extendedBy: `fake1${id}`,
  newExpiresAt,
  paidAmount: 1n,
});
const cancelled = (id: number): OrderEvent & ChainEvent => ({
  ...place(),
  type: 'subscription-cancelled',
  subscriptionId: BigInt(id),
  planId: 1n,
  subscriber: `fake1${id}`,
});

describe('enqueue', () => {
  let host: TestHost;
  beforeEach(async () => {
    host = await TestHost.create();
  });
  afterEach(() => host.dispose());

  const take = (event: OrderEvent) => host.database.transaction((tx) => enqueue(tx, event, host.clock.now()));
  const ids = () => host.database('pipeline_entries').orderBy('seq').pluck('id');

  it('takes each event once, also when it comes back in another block', async () => {
    const event = created(1);
    expect(await take(event)).to.equal('queued');
    expect(await take(event)).to.equal('duplicate');
    expect(await take({ ...event, ...place() })).to.equal('duplicate');
    expect(await ids()).to.deep.equal(['create:1']);
  });

  it('still knows an event whose entry has left the history', async () => {
    const event = created(1);
    await take(event);
    await host.database('pipeline_entries').delete();
    expect(await take({ ...event, ...place() })).to.equal('duplicate');
  });

  it('keeps only the latest end of extensions that overtake the creation', async () => {
    await take(created(1));
    expect(await take(extended(1, 3_000))).to.equal('merged');
    expect(await take(extended(1, 2_000))).to.equal('merged');
    expect((await findEntry(host.database, 'create:1'))?.supersededExpiresAt).to.equal(3_000);
    expect(await ids()).to.deep.equal(['create:1']);
  });

  it('lets a creation that has begun stop, and what it made be destroyed', async () => {
    await take(created(1));
    await updateEntry(host.database, 'create:1', { state: 'active', stage: 'vm_created' }, 0);
    expect(await take(cancelled(1))).to.equal('queued');
    expect((await findEntry(host.database, 'create:1'))?.cancelRequested).to.equal(true);
    expect(await ids()).to.deep.equal(['create:1', 'cancel:1']);
  });

  it('hands out entries in the order of the chain, per subscription without exception', async () => {
    await take(created(1));
    await take(created(2));
    await closeEntry(host.database, 'create:1', { state: 'done' }, 0);
    await take(extended(1, 5_000));
    await take(cancelled(1));
    await updateEntry(host.database, 'create:2', { nextAttemptAt: host.clock.now() + 60_000 }, 0);
    const order = [];
    for (;;) {
      const next = await nextEntry(host.database, host.clock.now());
      if ('dueAt' in next) {
        if (!Number.isFinite(next.dueAt)) break;
        host.clock.advance(next.dueAt - host.clock.now());
        continue;
      }
      order.push(next.entry.id);
      await closeEntry(host.database, next.entry.id, { state: 'done' }, host.clock.now());
    }
    expect(order).to.deep.equal(['extend:1:5000', 'cancel:1', 'create:2']);
  });

  it('stretches no pause when the clock is set back', async () => {
    await take(created(1));
    await updateEntry(
      host.database,
      'create:1',
      { nextAttemptAt: host.clock.now() + 20_000 },
      host.clock.now(),
    );
    expect(await nextEntry(host.database, host.clock.now())).to.have.property('dueAt');
    host.clock.advance(-86_400_000);
    expect(await nextEntry(host.database, host.clock.now())).to.have.nested.property('entry.id', 'create:1');
  });

  it('keeps the last 500 finished entries, and every one that needs an operator', async () => {
    await take(created(1));
    await closeEntry(host.database, 'create:1', { state: 'failed', needsOperator: true }, 0);
    for (let id = 2; id <= 510; id += 1) {
      await take(created(id));
      await closeEntry(host.database, `create:${id}`, { state: 'done' }, id);
    }
    const kept = await ids();
    expect(kept).to.have.lengthOf(501).and.to.include('create:1').and.not.to.include('create:10');
  }).timeout(10_000);

  it('stores and reads an entry without changing it', async () => {
    await take(created(1));
    const mint = {
      hash: '0x01',
      from: 'fake1owner',
      sequence: '4',
      raw: '0x02',
      description: 'mint',
      signedAtHeight: 9,
      maxFee: '1',
    } as const;
    await updateEntry(host.database, 'create:1', { mint, cancelRequested: true, reservedTokenId: '7' }, 5);
    const row = await host.database('pipeline_entries').first();
    expect(toEntry(row)).to.deep.include({ mint, cancelRequested: true, reservedTokenId: '7', updatedAt: 5 });
  });
});

describe('vmNameOf', () => {
  it('pads to three digits and gives each subscription a name of its own', () => {
    expect([1n, 42n, 1000n].map(vmNameOf)).to.deep.equal([
      'blockhost-001',
      'blockhost-042',
      'blockhost-1000',
    ]);
    fc.assert(
      fc.property(fc.bigInt(0n, 2n ** 64n), fc.bigInt(0n, 2n ** 64n), (a, b) => {
        expect(vmNameOf(a) === vmNameOf(b)).to.equal(a === b);
        expect(vmNameOf(a)).to.match(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/);
      }),
    );
  });
});
