import { type ChainEvent, present, type Subscription } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const HUGE = 2n ** 256n - 1n;
const FOREVER = 253_402_300_799;
const STEER = '\u001b[2J\u202e';

describe('a host on a hostile chain', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  let machines: MemoryMachines;

  beforeEach(async () => {
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines });
  });
  afterEach(() => host.dispose());

  const entries = async () => (await host.entries()).map(({ id, state }) => `${id} ${state}`);

  /** The chain shows these besides, in its newest block. */
  function add(strange: readonly object[]): void {
    const { blocks, ledger } = host.chain;
    const scan = blocks.scan.bind(blocks);
    ledger.mine();
    const at = ledger.head;
    const events = strange.map((event, index) => ({
      height: at.height,
      blockHash: at.hash,
      transactionHash: `0x${'e'.repeat(64)}`,
      transactionIndex: 999,
      logIndex: index,
      ...event,
    })) as unknown as ChainEvent[];
    Object.assign(blocks, {
      scan: async (from: number, to: number, signal?: AbortSignal) => {
        const seen = await scan(from, to, signal);
        return from <= at.height && at.height <= to ? { ...seen, events: [...seen.events, ...events] } : seen;
      },
    });
  }

  /** Its contract bears out what its events say, but for the purchase of that number. */
  function bearOut(strange: readonly object[], but: bigint): void {
    const { subscriptions } = host.chain;
    const { get } = subscriptions;
    Object.assign(subscriptions, {
      get: async (id: bigint) => {
        const event = strange.find((each) => 'subscriptionId' in each && each.subscriptionId === id);
        const { type, subscriptionId, ...facts } = (event ?? {}) as Record<string, unknown>;
        return event === undefined || id === but
          ? get(id)
          : present({
              id,
              cancelled: type === 'subscription-cancelled',
              ...facts,
            } as unknown as Subscription);
      },
    });
  }

  const purchase = (subscriptionId: bigint, change: object = {}) => ({
    type: 'subscription-created',
    subscriptionId,
    planId: 1n,
    subscriber: host.chain.customer(9).key.address,
    expiresAt: FOREVER,
    paidAmount: 1n,
    paymentToken: null,
    userEncrypted: '0x',
    ...change,
  });

  it('serves the honest purchase behind numbers, names and data nobody expects', async () => {
    const { address } = host.chain.customer(9).key;
    const strange = [
      purchase(HUGE, { planId: HUGE, paidAmount: HUGE }),
      purchase(1_000n, { planId: HUGE }),
      purchase(1_001n, { paidAmount: 0n, expiresAt: 0 }),
      purchase(1_002n, { userEncrypted: `0x${'ab'.repeat(1_000_000)}` }),
      purchase(1_003n, { userEncrypted: '0x04' }),
      purchase(1_004n),
      {
        type: 'subscription-extended',
        subscriptionId: HUGE - 1n,
        planId: 1n,
        extendedBy: address,
        newExpiresAt: FOREVER,
        paidAmount: HUGE,
      },
      { type: 'subscription-cancelled', subscriptionId: HUGE - 2n, planId: 1n, subscriber: address },
      {
        type: 'catalogue-changed',
        name: 'PlanCreated',
        fields: { name: STEER.repeat(10_000), price: String(HUGE) },
      },
      { type: 'funds-withdrawn', token: STEER, to: address, amount: HUGE },
      { type: 'credential-transferred', tokenId: HUGE, from: null, to: address },
    ];
    add(strange);
    bearOut(strange, 1_004n);
    host.chain.ledger.mine();
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await until('the honest purchase', 20_000, async () =>
      (await entries()).includes('create:1 done') ? true : null,
    );
    await until('the end of all others', 20_000, async () =>
      (await host.entries()).every(
        ({ id, needs_operator, completed_at }) =>
          completed_at !== null || (id === 'create:1004' && needs_operator === 1),
      )
        ? true
        : null,
    );
    expect(await entries()).to.deep.equal([
      'create:1 done',
      `create:${HUGE} failed`,
      'create:1000 done',
      'create:1001 done',
      'create:1002 failed',
      'create:1003 failed',
      // Its contract knows nothing of it: neither made nor forgotten.
      'create:1004 queued',
      `extend:${HUGE - 1n}:${FOREVER} failed`,
      `cancel:${HUGE - 2n} done`,
    ]);
    for (const { id, state, needs_operator, last_error } of await host.entries())
      if (state === 'failed') {
        expect(needs_operator, `${id}`).to.equal(1);
        expect(String(last_error).length, `${id}`).to.be.within(10, 1_000);
      }
    expect([...machines.standing.keys()].toSorted()).to.deep.equal(
      ['001', '1000', '1001'].map((number) => `blockhost-${number}`),
    );
    expect(await host.health()).to.include({ healthy: true });
  });

  it('takes thousands of purchases of one block at once, and each of them once', async () => {
    const many = 3_000;
    add(Array.from({ length: many }, (_, at) => purchase(BigInt(at + 100), { userEncrypted: '0x1234' })));
    await host.startMonitor();
    await until('the entries', 20_000, async () => ((await host.entries()).length === many ? true : null));
    await until('the hundredth', 20_000, async () =>
      (await host.entries())[99]?.state === 'failed' ? true : null,
    );
    await host.stopMonitor();
    const all = await host.entries();
    expect(all.map(({ id }) => id)).to.deep.equal(
      Array.from({ length: many }, (_, at) => `create:${at + 100}`),
    );
    const open = all.findIndex(({ state }) => state !== 'failed');
    expect(
      all.slice(open).every(({ state }) => state !== 'failed'),
      'in their order',
    ).to.equal(true);
    expect(machines.acts).to.deep.equal([]);
  });
});
