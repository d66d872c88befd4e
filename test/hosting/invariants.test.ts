import { join } from 'node:path';
import { type Clock, systemClock } from '@blockhost/kernel';
import { expect } from 'chai';
import fc from 'fast-check';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';
import { partsOf, runReconciler } from './reconciling.js';

const dist = join(checkout, 'plugins/hosting/dist');
const { garbageRound } = (await import(join(dist, 'garbage/garbage-round.js'))) as {
  garbageRound(host: object, order: object): Promise<unknown>;
};
const { syncRound } = (await import(join(dist, 'vms/sync-round.js'))) as {
  syncRound(host: object, order: object): Promise<unknown>;
};
const DAY = 86_400_000;

/** Enough of the reconciler for what counts as gone after three. */
const RUNS = 4;
const HASTE = 400;
/** Pauses of minutes pass in a blink. */
const hasty: Clock = {
  now: () => Math.round(BEGIN + (Date.now() - BEGIN) * HASTE),
  sleep: (ms, signal) => systemClock.sleep(Math.ceil(ms / HASTE), signal),
};
const BEGIN = Date.now();

/** What may happen to a host; numbers choose among what there is at that moment. */
type Event =
  | { readonly do: 'buy' }
  | { readonly do: 'extend' | 'cancel' | 'transfer' | 'suspend' | 'power-fails'; readonly which: number }
  | { readonly do: 'reorganise'; readonly depth: number; readonly transactions: 'kept' | 'lost' }
  | { readonly do: 'chain-away' | 'machines-away'; readonly away: boolean }
  | { readonly do: 'create-fails'; readonly times: number; readonly made: boolean }
  | { readonly do: 'restart' | 'look' | 'work' | 'reconcile' | 'gc' | 'sync' };

const which = fc.nat(5);
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ do: 'buy' } as const) },
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom('extend', 'cancel', 'transfer', 'suspend', 'power-fails'),
      which,
    }) as fc.Arbitrary<Event>,
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('reorganise' as const),
      depth: fc.integer({ min: 1, max: 4 }),
      transactions: fc.constantFrom('kept' as const, 'lost' as const),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constantFrom('chain-away', 'machines-away'),
      away: fc.boolean(),
    }) as fc.Arbitrary<Event>,
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('create-fails' as const),
      times: fc.integer({ min: 1, max: 5 }),
      made: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({ do: fc.constantFrom('restart', 'look', 'work', 'reconcile', 'gc', 'sync') }),
  },
);

const histories = fc.record({
  confirmations: fc.integer({ min: 1, max: 3 }),
  addresses: fc.integer({ min: 1, max: 4 }),
  events: fc.array(event, { minLength: 3, maxLength: 25 }),
});
type History = typeof histories extends fc.Arbitrary<infer T> ? T : never;

class Story {
  #buyers = 0;
  /** Purchases or mints may have vanished from below what counts as final. */
  lostFinal = false;

  private constructor(
    public host: MemoryHost,
    readonly machines: MemoryMachines,
  ) {}

  static async run({ confirmations, addresses, events }: History): Promise<void> {
    const machines = new MemoryMachines();
    const host = await MemoryHost.create({ machines, confirmations, addresses, clock: hasty });
    const story = new Story(host, machines);
    try {
      host.chain.ledger.mine(6);
      await story.host.startMonitor();
      for (const each of events) await story.happen(each);
      await story.rest();
      await story.reconcile();
      await story.sync();
      await story.checkInvariants();
    } finally {
      story.mend();
      await story.host.dispose();
    }
  }

  async happen(event: Event): Promise<void> {
    const { chain } = this.host;
    const { contracts } = chain.ledger;
    switch (event.do) {
      case 'buy':
        this.#buyers += 1;
        return this.host.buy(chain.customer(this.#buyers), 10);
      case 'extend':
      case 'cancel': {
        const count = contracts.subscriptions.length;
        if (count === 0) return;
        const id = BigInt((event.which % count) + 1);
        const anybody = chain.customer(900);
        if (event.do === 'extend') anybody.extend(id, 5);
        else anybody.cancel(id);
        return;
      }
      case 'transfer': {
        const token = event.which % Math.max(1, contracts.credentials.length);
        const owner = this.#customers().find(
          ({ key }) => key.address === contracts.credentials[token]?.owner,
        );
        const to = chain.customer(950).key.address;
        if (owner) chain.send(owner.key, { do: 'transfer-credential', tokenId: BigInt(token), to });
        return;
      }
      case 'reorganise':
        this.lostFinal ||= event.transactions === 'lost';
        chain.ledger.reorganise(event.depth, event.transactions);
        return;
      case 'chain-away':
        chain.faults.unreachable = event.away;
        return;
      case 'machines-away':
        this.machines.faults.away = event.away;
        return;
      case 'create-fails': {
        let left = event.times;
        this.machines.faults.create = async (act) => {
          if (left <= 0) return act();
          left -= 1;
          if (event.made) act();
          throw new Error('connection reset');
        };
        return;
      }
      case 'restart':
        this.host = await this.host.restarted();
        return this.host.startMonitor();
      case 'reconcile':
        // Whatever is away at that moment: a run that cannot look ends, or changes nothing.
        await runReconciler(this.host).catch(() => {});
        return;
      case 'suspend':
      case 'power-fails': {
        const records = (await this.host.vms.list()).filter(({ status }) => status === 'active');
        const vm = records[event.which % Math.max(1, records.length)];
        if (!vm) return;
        // By a clock or a person that were wrong, beside whatever else is done to it: that one may be faster.
        await this.machines.power(vm, 'stopped').catch(() => {});
        if (event.do === 'suspend') await this.host.vms.suspend(vm.name, 'expiry').catch(() => {});
        return;
      }
      case 'gc':
        return this.#round((host, signal) =>
          garbageRound(host, { graceMs: DAY, phases: ['suspend', 'destroy'], signal }),
        );
      case 'sync':
        return this.#round((host, signal) => syncRound(host, { signal }));
      case 'look':
        return new Promise((resolve) => setTimeout(resolve, 5));
      case 'work':
        return new Promise((resolve) => setTimeout(resolve, 40));
    }
  }

  /** Beside the monitor, as by a timer; whatever is away at that moment. */
  async #round(act: (host: object, signal: AbortSignal) => Promise<unknown>): Promise<void> {
    await act(partsOf(this.host), new AbortController().signal).catch(() => {});
  }

  #customers() {
    return Array.from({ length: this.#buyers }, (_, index) => this.host.chain.customer(index + 1));
  }

  mend(): void {
    this.host.chain.faults.unreachable = false;
    Object.assign(this.machines.faults, { create: null, destroy: null, away: false });
  }

  /** Everything works again, the chain goes on, and nothing is left that could be done without a person. */
  async rest(): Promise<void> {
    this.mend();
    this.host.chain.ledger.mine(6);
    await until('the host to rest', 15_000, async () => {
      const safe = this.host.chain.ledger.head.height - (this.host.chain.chain.confirmations - 1);
      const cursor = await this.host.database('chain_cursors').first('hash');
      const open = await this.host
        .database('pipeline_entries')
        .where({ needs_operator: 0 })
        .whereIn('state', ['queued', 'active'])
        .orWhereNotNull('orphaned_at')
        .first('id');
      if (open) this.host.chain.ledger.mine();
      return cursor?.hash === this.host.chain.ledger.at(safe)?.hash && !open ? true : null;
    }).catch(async (cause) => {
      throw new Error(JSON.stringify(await this.host.entries(), null, 1), { cause });
    });
    await this.host.stopMonitor();
  }

  /** What the pipeline leaves to the reconciler is done as well. */
  async reconcile(): Promise<void> {
    for (let round = 0; round < 2; round += 1) {
      for (let run = 0; run < RUNS; run += 1) {
        await runReconciler(this.host);
        this.host.chain.ledger.mine();
      }
      this.host = await this.host.restarted();
      await this.host.startMonitor();
      await this.rest();
    }
  }

  /** What had lost its power runs again. */
  async sync(): Promise<void> {
    await syncRound(partsOf(this.host), { signal: new AbortController().signal });
    for (const { name, status, desiredPower } of await this.host.vms.list())
      if (status === 'active' && desiredPower === 'on')
        expect(this.machines.standing.get(name)?.power, name).to.equal('running');
  }

  async checkInvariants(): Promise<void> {
    const { contracts } = this.host.chain.ledger;
    for (const { key } of this.#customers())
      expect(contracts.mints.filter(({ to }) => to === key.address).length).to.be.at.most(1);
    const addresses = [...this.machines.standing.values()].map(({ answer }) => answer.ipv4);
    expect(new Set(addresses).size).to.equal(addresses.length);
    expect((await this.host.vms.list()).filter(({ status }) => status === 'suspended')).to.deep.equal([]);

    const lost = await this.host
      .database('reconciler_findings')
      .where({ kind: 'credential-lost' })
      .pluck('subject');
    if (!this.lostFinal) expect(lost).to.deep.equal([]);
    await this.host.checkInvariants({ leftToOperator: lost });
  }
}

describe('whatever happens to a host', function () {
  this.timeout(120_000);

  it('ends with one VM and one credential per payment, or with a record for an operator', async () => {
    await fc.assert(
      fc.asyncProperty(histories, (history) => Story.run(history)),
      {
        seed: Number(process.env.SEED ?? 20_261_120),
        numRuns: Number(process.env.RUNS ?? 20),
        interruptAfterTimeLimit: 25_000,
        endOnFailure: process.env.SHRINK === undefined,
      },
    );
  });
});
