import { type Clock, systemClock } from '@blockhost/kernel';
import { SERVER_KEY } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost, type MemoryHostOptions } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

describe('the monitor', function () {
  this.timeout(30_000);
  let host: MemoryHost;

  const start = async (options?: MemoryHostOptions) => {
    host = await MemoryHost.create(options);
  };
  afterEach(() => host.dispose());

  const cursor = () => host.database('chain_cursors').first('height', 'hash');
  const logged = (message: string) => host.log.records.some((record) => record.message === message);

  it('acts on nothing before it has its confirmations', async () => {
    await start({ confirmations: 3 });
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine();
    await host.startMonitor();
    await host.untilRest();
    expect(await host.entries()).to.deep.equal([]);
    host.chain.ledger.mine(4);
    await until('the purchase', 5_000, async () => ((await host.entries()).length > 0 ? true : null));
  });

  it('catches up over a long chain in one look, with the spans its provider allows', async () => {
    await start();
    host.chain.faults.largestSpan = 100;
    host.chain.ledger.mine(3_000);
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    expect(await cursor()).to.have.property('height', host.chain.ledger.head.height);
    expect(await host.database('chain_recent_blocks').select()).to.have.lengthOf.at.most(64);
    expect(host.chain.calls.filter((call) => call === 'blocks.scan')).to.have.lengthOf.below(120);
  });

  it('waits for a chain that cannot be reached and changes nothing meanwhile', async () => {
    await start();
    await host.buy(host.chain.customer(1));
    host.chain.faults.unreachable = true;
    await host.startMonitor();
    await until('a failed look', 5_000, async () => (logged('the chain cannot be read') ? true : null));
    expect(await host.entries()).to.deep.equal([]);
    expect(await cursor()).to.equal(undefined);
    expect(await host.health()).to.deep.include({ healthy: true });
    host = await host.restarted();
    host.chain.faults.unreachable = false;
    await host.startMonitor();
    await host.rest();
    expect(await host.vms.list()).to.have.lengthOf(1);
    expect(await host.health()).to.deep.nested.include({ 'facts.queue': 0, 'facts.lag': 0 });
  });

  it('does not take a node that lags for a reorganisation', async () => {
    await start();
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine(5);
    await host.startMonitor();
    await host.rest();
    const before = await cursor();
    host.chain.faults.lag = 4;
    const reads = host.chain.calls.length;
    await until('three looks', 5_000, async () =>
      host.chain.calls.slice(reads).filter((call) => call === 'blocks.head').length >= 3 ? true : null,
    );
    expect(await cursor()).to.deep.equal(before);
    expect(logged('the chain was reorganised')).to.equal(false);
  });

  it('follows a reorganisation that keeps the purchase, without doing anything twice', async () => {
    await start();
    host.chain.ledger.mine(5);
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    const mints = host.chain.ledger.contracts.mints.length;
    host.chain.ledger.reorganise(3, 'kept');
    await host.rest();
    expect(logged('the chain was reorganised')).to.equal(true);
    expect(await host.vms.list()).to.have.lengthOf(1);
    expect(host.chain.ledger.contracts.mints).to.have.lengthOf(mints);
    expect((await host.entries()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal(['create:1 done']);
  });

  it('forgets a purchase that vanished before its VM was made, and serves whoever gets its number', async () => {
    await start();
    host.chain.ledger.mine(5);
    const key = await host.config.read(SERVER_KEY);
    await host.config.write(SERVER_KEY, '8'.repeat(64));
    await host.database.raw(
      `create trigger hold after insert on pipeline_entries begin
         update pipeline_entries set next_attempt_at = 9e15 where id = new.id; end`,
    );
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await until('the entry', 5_000, async () => ((await host.entries()).length === 1 ? true : null));
    host.chain.ledger.reorganise(1, 'lost');
    await until('the drop', 10_000, async () => ((await host.entries()).length === 0 ? true : null));
    await host.database.raw('drop trigger hold');
    await host.config.write(SERVER_KEY, key);
    await host.buy(host.chain.customer(2));
    await host.rest();
    expect(await host.vms.get('blockhost-001')).to.include({
      status: 'active',
      ownerWallet: host.chain.customer(2).key.address,
    });
  });

  it('asks for an operator when the purchase of a standing VM vanished, and destroys nothing', async () => {
    await start();
    host.chain.ledger.mine(5);
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    host.chain.ledger.reorganise(3, 'lost');
    await host.rest();
    expect((await host.entries())[0]).to.include({ state: 'failed', needs_operator: 1 });
    expect(await host.vms.list()).to.have.lengthOf(1);
    expect(await host.provisioner.list())
      .to.have.property('value')
      .with.lengthOf(1);
  });

  it('goes back as far as it remembers when the chain was replaced deeper than that', async () => {
    await start();
    host.chain.faults.largestSpan = 1;
    host.chain.ledger.mine(90);
    await host.startMonitor();
    await host.rest();
    host.chain.ledger.reorganise(85, 'kept');
    await host.rest();
    expect(logged('the chain was reorganised deeper than this host remembers')).to.equal(true);
    expect(await cursor()).to.have.property('hash', host.chain.ledger.head.hash);
  });

  it('puts a log it cannot decode aside and goes on', async () => {
    await start();
    host.chain.send(host.chain.customer(9).key, { do: 'garble', raw: '0xdeadbeef' });
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    expect(await host.database('dead_letters').select('raw', 'reason')).to.deep.equal([
      { raw: '0xdeadbeef', reason: 'it is garbled on purpose' },
    ]);
    expect(await host.vms.list()).to.have.lengthOf(1);
  });

  it('loses nothing and takes nothing twice when blocks are replaced while the next span is on its way', async () => {
    await start({ machines: new MemoryMachines() });
    const { chain } = host;
    for (let number = 1; number <= 6; number += 1) {
      chain.ledger.mine(150);
      await host.buy(chain.customer(number));
    }
    const { scan } = chain.blocks;
    let scans = 0;
    Object.assign(chain.blocks, {
      scan: async (...span: Parameters<typeof scan>) => {
        scans += 1;
        const found = await scan(...span);
        // Each purchase moves into another block; the span just read is of the lost history.
        if (scans === 4) chain.ledger.reorganise(700, 'kept');
        return found;
      },
    });
    await host.startMonitor();
    await host.rest();
    expect((await host.entries()).map(({ id, state }) => `${id} ${state}`)).to.deep.equal(
      [1, 2, 3, 4, 5, 6].map((id) => `create:${id} done`),
    );
    expect(chain.ledger.contracts.mints).to.have.lengthOf(6);
  });

  it('works off a backlog of 10,000 blocks in short spans, and warns of those who wait', async () => {
    await start({ machines: new MemoryMachines(), addresses: 200 });
    const { chain } = host;
    for (let number = 1; number <= 20; number += 1) {
      chain.ledger.mine(500);
      await host.buy(chain.customer(number));
    }
    const { scan } = chain.blocks;
    const spans: number[] = [];
    Object.assign(chain.blocks, {
      scan: (...[from, to, signal]: Parameters<typeof scan>) => {
        spans.push(to - from + 1);
        return scan(from, to, signal);
      },
    });
    await host.startMonitor();
    await host.rest();
    expect(Math.max(...spans)).to.equal(2_000);
    expect(await host.vms.list()).to.have.lengthOf(20);
    expect(chain.ledger.contracts.mints).to.have.lengthOf(20);
    expect(host.log.records.find(({ message }) => message === 'many entries wait for the pipeline'))
      .to.have.nested.property('fields.waiting')
      .that.is.greaterThan(4);
  });

  it('names in its health who waits, with place and estimate', async () => {
    await start({ machines: new MemoryMachines() });
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    await host.database('pipeline_entries').update({ received_at: 1_000, completed_at: 31_000 });
    await host.database.raw(
      `create trigger hold after insert on pipeline_entries begin
         update pipeline_entries set next_attempt_at = 9e15 where id = new.id; end`,
    );
    await host.buy(host.chain.customer(2));
    await host.buy(host.chain.customer(3));
    await until('both', 5_000, async () => ((await host.entries()).length === 3 ? true : null));
    expect(await host.health()).to.deep.nested.include({
      'facts.queue': 2,
      'facts.waiting': '1 create:2 in 30 s, 2 create:3 in 60 s',
      'facts.confirmations': 1,
    });
  });

  it('counts as unhealthy once the chain was away for ten minutes, and as healthy when it is back', async () => {
    const begin = Date.now();
    const clock: Clock = {
      now: () => begin + (Date.now() - begin) * 1_000,
      sleep: (ms, signal) => systemClock.sleep(Math.ceil(ms / 1_000), signal),
    };
    await start({ machines: new MemoryMachines(), clock });
    await host.startMonitor();
    await host.rest();
    host.chain.faults.unreachable = true;
    await until('a first failed look', 5_000, async () => (logged('the chain cannot be read') ? true : null));
    expect(await host.health()).to.include({ healthy: true });
    const ill = await until('ill health', 10_000, async () => {
      const health = await host.health();
      return health?.healthy ? null : health;
    });
    expect(ill?.reason).to.include('switched off');
    host.chain.faults.unreachable = false;
    await until('health', 10_000, async () => ((await host.health())?.healthy ? true : null));
  });
});
