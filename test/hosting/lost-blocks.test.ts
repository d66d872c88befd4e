import { present } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost, type MemoryHostOptions } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

/** Long enough that a failed stage is not tried again during a test. */
const NEVER = [600_000, 600_000, 600_000];

describe('a chain that takes blocks back', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;

  const start = async (options: MemoryHostOptions = {}) => {
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines, ...options });
    host.chain.ledger.mine(5);
  };
  afterEach(() => host.dispose());

  const customer = (number: number) => host.chain.customer(number);
  const states = async () =>
    (await host.entries()).map(({ id, state, needs_operator }) =>
      [String(id).split('@')[0], state, ...(needs_operator ? ['needs operator'] : [])].join(' '),
    );
  const entryThat = (what: string, test: (entry: Record<string, unknown>) => boolean) =>
    until(what, 10_000, async () => (await host.entries()).find(test));
  const failing = async () => {
    throw new Error('not now');
  };

  it('loses no purchase when its blocks are replaced between two questions to the node', async () => {
    await start();
    await host.startMonitor();
    await host.rest();
    host = await host.restarted();
    await host.buy(customer(1));
    const { blocks, ledger } = host.chain;
    const { scan } = blocks;
    Object.assign(blocks, {
      scan: async (...span: Parameters<typeof scan>) => {
        Object.assign(blocks, { scan });
        // The block of the cursor goes, and the purchase moves down into its place.
        ledger.reorganise(3, 'kept');
        return scan(...span);
      },
    });
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done']);
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
  });

  it('serves whoever gets the number of a purchase that vanished before its VM was ordered', async () => {
    await start({ retryDelaysMs: NEVER });
    const ask = host.chain.credentials.nextId;
    Object.assign(host.chain.credentials, { nextId: failing });
    await host.buy(customer(1));
    await host.startMonitor();
    await entryThat('a failed try', ({ attempts }) => Number(attempts) > 0);
    Object.assign(host.chain.credentials, { nextId: ask });
    host.chain.ledger.reorganise(1, 'lost');
    await host.buy(customer(2));
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done']);
    expect(await host.vms.get('blockhost-001')).to.include({ ownerWallet: customer(2).key.address });
  });

  it('serves whoever gets the number of a purchase that was cancelled on blocks that vanished', async () => {
    await start();
    await host.buy(customer(1));
    customer(1).cancel(1n);
    await host.startMonitor();
    await host.rest();
    host.chain.ledger.reorganise(2, 'lost');
    await host.buy(customer(2));
    await host.rest();
    expect(await host.vms.get('blockhost-001')).to.include({
      status: 'active',
      ownerWallet: customer(2).key.address,
    });
  });

  it('serves whoever gets the number of a VM that no longer stands, later as well, and who cancels then', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    customer(1).cancel(1n);
    await host.rest();
    host.chain.ledger.reorganise(4, 'lost');
    await host.rest();
    await host.buy(customer(2));
    await host.rest();
    expect(await host.vms.get('blockhost-001')).to.include({ nftMinted: true, nftTokenId: '0' });
    customer(2).cancel(1n);
    await host.rest();
    expect(machines.acts).to.deep.equal([
      'create blockhost-001',
      'destroy blockhost-001',
      'create blockhost-001',
      // The id of the mint that vanished was not promised again.
      'login blockhost-001',
      'destroy blockhost-001',
    ]);
  });

  it('tells an operator of both buyers when the number of a VM that stands went to another one', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    // The purchase and the mint go.
    host.chain.ledger.reorganise(2, 'lost');
    await host.buy(customer(2));
    await host.rest();
    expect(await states()).to.deep.equal([
      'create:1 failed needs operator',
      'create:1 failed needs operator',
    ]);
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
    expect((await host.entries()).map(({ subscriber }) => subscriber)).to.deep.equal([
      customer(1).key.address,
      customer(2).key.address,
    ]);
  });

  it('goes on with a purchase whose cancellation vanished before it took effect', async () => {
    await start({ retryDelaysMs: NEVER });
    machines.faults.create = failing;
    await host.buy(customer(1));
    await host.startMonitor();
    await entryThat('a failed try', ({ attempts }) => Number(attempts) > 0);
    customer(1).cancel(1n);
    await entryThat('the request', ({ cancel_requested }) => cancel_requested === 1);
    host.chain.ledger.reorganise(1, 'lost');
    await until('the drop', 10_000, async () => ((await host.entries()).length === 1 ? true : null));
    machines.faults.create = null;
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done']);
    expect(await host.vms.get('blockhost-001')).to.include({ status: 'active', nftMinted: true });
  });

  it('asks for an operator when a cancellation vanished after its VM was destroyed', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    customer(1).cancel(1n);
    await host.rest();
    host.chain.ledger.reorganise(1, 'lost');
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done', 'cancel:1 failed needs operator']);
    expect(machines.acts).to.deep.equal(['create blockhost-001', 'destroy blockhost-001']);
  });

  it('asks for an operator when an extension vanished after it was granted', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    customer(1).extend(1n, 30);
    await host.rest();
    host.chain.ledger.reorganise(1, 'lost');
    await host.rest();
    expect((await states()).at(-1)).to.match(/^extend:1:\d+ failed needs operator$/);
  });

  it('gives the id of a mint that vanished to whoever gets it, also when the VM of the first stands no more', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    host.chain.ledger.reorganise(1, 'lost');
    const first = await host.vms.get('blockhost-001');
    expect(first).to.include({ nftMinted: true, nftTokenId: '0' });
    machines.standing.clear();
    await host.vms.markDestroyed('blockhost-001');
    await host.buy(customer(2));
    await host.untilRest();
    expect(await host.vms.get('blockhost-002')).to.include({ nftMinted: true, nftTokenId: '0' });
    expect(await states()).to.deep.equal(['create:1 done', 'create:2 done']);
  });

  it('does nothing twice when purchase, extension and cancellation come back in other blocks', async () => {
    await start();
    await host.buy(customer(1));
    customer(1).extend(1n, 30);
    await host.buy(customer(2));
    await host.startMonitor();
    await host.rest();
    customer(2).cancel(2n);
    await host.rest();
    host.chain.ledger.reorganise(6, 'kept');
    await host.rest();
    expect(machines.acts).to.deep.equal([
      'create blockhost-001',
      'create blockhost-002',
      'destroy blockhost-002',
    ]);
    expect(host.chain.ledger.contracts.mints).to.have.lengthOf(2);
    expect((await states()).filter((line) => line.includes('operator'))).to.deep.equal([]);
  });

  it('forgets nothing that is worked on at that moment', async () => {
    await start();
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    machines.faults.create = async (act) => {
      await hold;
      return act();
    };
    await host.buy(customer(1));
    await host.startMonitor();
    await entryThat('the order', ({ stage }) => stage === 'token_reserved');
    await until('the VM to be ordered', 5_000, async () => (await host.vms.get('blockhost-001')) ?? null);
    host.chain.ledger.reorganise(1, 'lost');
    await until('the mark', 10_000, async () =>
      (await host.entries()).some(({ orphaned_at }) => orphaned_at !== null) ? true : null,
    );
    release();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 failed needs operator']);
    expect(await host.vms.get('blockhost-001')).to.include({ status: 'active', nftMinted: false });
  });

  it('loses no purchase when the host is pointed at other contracts, whose numbers begin again', async () => {
    await start();
    await host.buy(customer(1));
    await host.startMonitor();
    await host.rest();
    const facts = host.chain.chain;
    const contracts = { ...facts.contracts, subscriptions: `fake1${'6'.repeat(38)}` };
    Object.assign(host.chain, { chain: { ...facts, contracts } });
    Object.assign(host.chain.accounts, { isContract: async () => present(true) });
    // The chain in memory has one log for all contracts: the same purchase stands for one of the new contract.
    host = await host.restarted();
    await host.startMonitor();
    await until('the purchase', 10_000, async () => ((await host.entries()).length === 2 ? true : null));
    await until('the end', 10_000, async () =>
      (await host.entries()).every(({ completed_at }) => completed_at !== null) ? true : null,
    );
    expect(await states()).to.deep.equal(['create:1 done', 'create:1 failed needs operator']);
    expect((await host.entries())[1]?.last_error).to.include('belongs to another VM');
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
  });
});
