import { expect } from 'chai';
import fc from 'fast-check';
import { TestHost } from '../test-host.js';
import { enqueue, type OrderEvent } from './enqueue.js';
import { enqueueAll } from './enqueue-all.js';

/** Few numbers, so that events meet each other: the same purchase twice, in another transaction, before its extension. */
const orders = fc.array(
  fc.record({
    type: fc.constantFrom('subscription-created', 'subscription-extended', 'subscription-cancelled'),
    subscription: fc.integer({ min: 1, max: 4 }),
    transaction: fc.integer({ min: 1, max: 4 }),
    logIndex: fc.integer({ min: 0, max: 2 }),
    expiresAt: fc.integer({ min: 1, max: 3 }),
  }),
  { maxLength: 12 },
);
const same = { subscription: 1, transaction: 1, logIndex: 2, expiresAt: 1 };
type Order = ReturnType<typeof orders.generate>['value'][number];

function eventOf({ type, subscription, transaction, logIndex, expiresAt }: Order): OrderEvent {
  const common = {
    subscriptionId: BigInt(subscription),
    planId: 1n,
    height: transaction,
    blockHash: `0x${transaction}` as const,
    transactionHash: `0x${transaction}` as const,
    transactionIndex: 0,
    logIndex,
  };
  if (type === 'subscription-created')
    return {
      ...common,
      type: 'subscription-created',
      subscriber: 'somebody',
      expiresAt,
      paidAmount: 1n,
      paymentToken: null,
      userEncrypted: '0x12',
    };
  if (type === 'subscription-extended')
    return {
      ...common,
      type: 'subscription-extended',
      extendedBy: 'somebody',
      newExpiresAt: expiresAt,
      paidAmount: 1n,
    };
  return { ...common, type: 'subscription-cancelled', subscriber: 'somebody' };
}

describe('enqueueAll', function () {
  this.timeout(30_000);
  let one: TestHost;
  let all: TestHost;
  beforeEach(async () => {
    one = await TestHost.create();
    all = await TestHost.create();
  });
  afterEach(async () => {
    await one.dispose();
    await all.dispose();
  });

  const stateOf = async ({ database }: TestHost) => ({
    entries: (await database('pipeline_entries').orderBy('seq')).map(
      ({ operation_id, seq, ...entry }) => entry,
    ),
    handled: await database('handled_events').orderBy('transaction_hash').orderBy('log_index'),
  });
  const clear = async ({ database }: TestHost) => {
    await database('pipeline_entries').delete();
    await database('handled_events').delete();
  };

  it('ends as if each event had been taken by itself, whatever came before', async () => {
    await fc.assert(
      fc
        .asyncProperty(fc.array(orders, { minLength: 1, maxLength: 3 }), async (spans) => {
          for (const span of spans) {
            const events = span.map(eventOf);
            const outcomes = await one.database.transaction(async (tx) => {
              const each = [];
              for (const event of events) each.push(await enqueue(tx, event, 5));
              return each;
            });
            const taken = await all.database.transaction((tx) => enqueueAll(tx, events, 5));
            expect(taken.map(({ outcome }) => outcome)).to.deep.equal(outcomes);
          }
          expect(await stateOf(all)).to.deep.equal(await stateOf(one));
        })
        .afterEach(async () => {
          await clear(one);
          await clear(all);
        }),
      {
        numRuns: 60,
        examples: [
          // Two events that claim one place.
          [
            [
              [
                { type: 'subscription-cancelled', ...same },
                { type: 'subscription-created', ...same },
              ],
            ],
          ],
        ],
      },
    );
  });

  it('takes more purchases at once than a statement can name', async () => {
    const events = Array.from({ length: 5_000 }, (_, index) =>
      eventOf({
        type: 'subscription-created',
        subscription: index + 1,
        transaction: index + 1,
        logIndex: 0,
        expiresAt: 1,
      }),
    );
    await all.database.transaction((tx) => enqueueAll(tx, events, 5));
    const ids = await all.database('pipeline_entries').orderBy('seq').pluck('id');
    expect(ids).to.deep.equal(events.map(({ subscriptionId }) => `create:${subscriptionId}`));
  });
});
