import { join } from 'node:path';
import { type Clock, systemClock, unknown } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

const { createStages } = (await import(join(checkout, 'plugins/hosting/dist/pipeline/create-stages.js'))) as {
  createStages: readonly { readonly reached: string }[];
};

const BEGIN = Date.now();
const HASTE = 1_000;
/** The two seconds between two readings of a lost block pass in a blink. */
const hasty: Clock = {
  now: () => Math.round(BEGIN + (Date.now() - BEGIN) * HASTE),
  sleep: (ms, signal) => systemClock.sleep(Math.ceil(ms / HASTE), signal),
};
const CONFIRMATIONS = 3;

describe('a purchase whose block is replaced', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let machines: MemoryMachines;

  const start = async () => {
    machines = new MemoryMachines();
    host = await MemoryHost.create({ machines, clock: hasty, confirmations: CONFIRMATIONS });
    host.chain.ledger.mine(100);
  };
  afterEach(() => host.dispose());

  /** The entry stops where it has reached that stage, until it is released. */
  const holdAt = (stage: string) =>
    host.database.raw(
      `create trigger hold after ${stage === 'received' ? 'insert' : 'update of stage'} on pipeline_entries
         when new.stage = '${stage}' begin
         update pipeline_entries set next_attempt_at = 9e15 where id = new.id; end`,
    );
  const release = async () => {
    await host.database.raw('drop trigger hold');
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
  };
  /** Blocks come meanwhile: a mint wants its confirmations too. */
  const reached = (stage: string) =>
    until(`the stage ${stage}`, 10_000, async () => {
      host.chain.ledger.mine();
      return (await host.entries()).find((entry) => entry.stage === stage);
    });
  const rest = async () => {
    await until('the end of all work', 10_000, async () => {
      host.chain.ledger.mine();
      const open = (await host.entries()).some(
        ({ completed_at, orphaned_at }) => completed_at === null || orphaned_at !== null,
      );
      return open ? null : true;
    });
    await host.rest();
  };
  const rewound = () =>
    until('the reorganisation to be seen', 10_000, async () =>
      host.log.records.find(({ message }) => message === 'the chain was reorganised'),
    );
  const buyAndConfirm = async () => {
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine(CONFIRMATIONS);
  };

  const stages = ['received', ...createStages.map(({ reached: name }) => name)];
  for (const stage of stages) {
    it(`is served once when it comes back elsewhere after "${stage}"`, async () => {
      await start();
      await holdAt(stage);
      await buyAndConfirm();
      await host.startMonitor();
      await reached(stage);
      host.chain.ledger.reorganise(host.chain.ledger.head.height - 100, 'kept');
      host.chain.ledger.mine(CONFIRMATIONS);
      await rewound();
      await release();
      await rest();
      expect((await host.entries()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal([
        'create:1 done',
      ]);
      expect(machines.acts).to.deep.equal(['create blockhost-001']);
      expect(host.chain.ledger.contracts.mints).to.have.lengthOf(1);
    });

    it(`leaves nothing, or a VM for an operator, when it never comes back after "${stage}"`, async () => {
      await start();
      await holdAt(stage);
      await buyAndConfirm();
      await host.startMonitor();
      await reached(stage);
      const hadVm = machines.acts.length > 0;
      host.chain.ledger.reorganise(host.chain.ledger.head.height - 100, 'lost');
      host.chain.ledger.mine(CONFIRMATIONS);
      await rewound();
      await release();
      await rest();
      expect(
        (await host.entries()).map(({ state, needs_operator }) => [state, needs_operator]),
      ).to.deep.equal(hadVm ? [['failed', 1]] : []);
      expect(machines.acts).to.deep.equal(hadVm ? ['create blockhost-001'] : []);
    });
  }

  /** Dies at the stage, and comes back where the pipeline is asked before the monitor can read a block. */
  const deadWhile = async (stage: string, happens: () => Promise<void>) => {
    await start();
    await holdAt(stage);
    await buyAndConfirm();
    await host.startMonitor();
    await reached(stage);
    host = await host.restarted();
    await host.database.raw('drop trigger hold');
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
    await happens();
    const { blocks } = host.chain;
    const { head } = blocks;
    Object.assign(blocks, { head: async () => unknown('it gave no answer in time') });
    await host.startMonitor();
    return () => Object.assign(blocks, { head });
  };
  const refused = () =>
    until('the pipeline to ask', 10_000, async () =>
      (await host.entries()).find(({ last_error }) => /on the chain/.test(String(last_error))),
    );
  const beforeTheMint = stages.slice(0, stages.indexOf('nft_minted'));

  for (const stage of beforeTheMint) {
    it(`gets neither VM nor credential after "${stage}" when it vanished while the host was down`, async () => {
      const mend = await deadWhile(stage, async () => {
        host.chain.ledger.reorganise(host.chain.ledger.head.height - 100, 'lost');
        host.chain.ledger.mine(CONFIRMATIONS);
      });
      const hadVm = machines.acts.length > 0;
      expect((await refused()).last_error).to.include('Subscription 1 is not on the chain');
      mend();
      await rest();
      expect(
        (await host.entries()).map(({ state, needs_operator }) => [state, needs_operator]),
      ).to.deep.equal(hadVm ? [['failed', 1]] : []);
      expect(machines.acts).to.deep.equal(hadVm ? ['create blockhost-001'] : []);
      expect(host.chain.ledger.contracts.mints).to.deep.equal([]);
    });

    it(`is not served to its first buyer after "${stage}" when its number went to another one meanwhile`, async () => {
      const mend = await deadWhile(stage, async () => {
        host.chain.ledger.reorganise(host.chain.ledger.head.height - 100, 'lost');
        await host.buy(host.chain.customer(2));
        host.chain.ledger.mine(CONFIRMATIONS);
      });
      const hadVm = machines.acts.length > 0;
      expect((await refused()).last_error).to.include('Subscription 1 is another purchase');
      mend();
      await rest();
      const second = host.chain.customer(2).key.address;
      expect(host.chain.ledger.contracts.mints.map(({ to }) => to)).to.deep.equal(hadVm ? [] : [second]);
      if (hadVm)
        expect((await host.entries()).map(({ needs_operator }) => needs_operator)).to.deep.equal([1, 1]);
      else expect(await host.vms.get('blockhost-001')).to.include({ ownerWallet: second });
      expect(machines.acts).to.deep.equal(['create blockhost-001']);
    });

    it(`is served after "${stage}" when it came back elsewhere while the host was down`, async () => {
      const mend = await deadWhile(stage, async () => {
        host.chain.ledger.reorganise(host.chain.ledger.head.height - 100, 'kept');
        host.chain.ledger.mine(CONFIRMATIONS);
      });
      mend();
      await rest();
      expect((await host.entries()).map(({ state }) => state)).to.deep.equal(['done']);
      expect(machines.acts).to.deep.equal(['create blockhost-001']);
      expect(host.chain.ledger.contracts.mints).to.have.lengthOf(1);
    });
  }

  it('keeps its VM when the cancellation vanished while the host was down', async () => {
    await start();
    await buyAndConfirm();
    await host.startMonitor();
    await reached('complete');
    await host.rest();
    await host.database.raw(
      `create trigger hold after insert on pipeline_entries begin
         update pipeline_entries set next_attempt_at = 9e15 where id = new.id; end`,
    );
    host.chain.customer(1).cancel(1n);
    const bought = host.chain.ledger.head.height - 1;
    host.chain.ledger.mine(CONFIRMATIONS);
    await until('the cancellation', 10_000, async () =>
      (await host.entries()).find(({ kind }) => kind === 'cancel'),
    );
    host = await host.restarted();
    await host.database.raw('drop trigger hold');
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
    host.chain.ledger.reorganise(host.chain.ledger.head.height - bought, 'lost');
    host.chain.ledger.mine(CONFIRMATIONS);
    const { blocks } = host.chain;
    const { head } = blocks;
    Object.assign(blocks, { head: async () => unknown('it gave no answer in time') });
    await host.startMonitor();
    expect((await refused()).last_error).to.include('Subscription 1 is not cancelled on the chain');
    Object.assign(blocks, { head });
    await rest();
    expect((await host.entries()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal(['create:1 done']);
    expect(machines.acts).to.deep.equal(['create blockhost-001']);
  });

  for (const depth of [1, CONFIRMATIONS - 1, CONFIRMATIONS, CONFIRMATIONS + 1, 70])
    it(`is served once after a reorganisation of ${depth} blocks`, async () => {
      await start();
      await buyAndConfirm();
      await host.startMonitor();
      await reached('complete');
      await host.rest();
      host.chain.ledger.reorganise(depth, 'kept');
      host.chain.ledger.mine(CONFIRMATIONS);
      await rest();
      expect((await host.entries()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal([
        'create:1 done',
      ]);
      expect(machines.acts).to.deep.equal(['create blockhost-001']);
      expect(host.log.records.some(({ message }) => message === 'the chain was reorganised')).to.equal(
        depth >= CONFIRMATIONS,
      );
    });
});
