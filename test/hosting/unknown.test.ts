import { absent, present, unknown } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { ReconcilingHost } from './reconciling.js';

/** A remote that does not answer as it should, and what may happen all the same. */
interface Fault {
  on(the: ReconcilingHost): void;
  /** Besides what it did before. */
  readonly allows?: readonly string[];
}

const NEVER_AGAIN = 'of another life';
const silent = async () => unknown('it gave no answer in time');
/** Enough runs for whatever counts as gone after three. */
const RUNS = 4;
const BOB = 'create blockhost-002';

/** Takes the place of functions of a remote; `mend` puts them back. */
class Replaced {
  readonly #kept: (() => void)[] = [];

  in<T extends object>(target: T, functions: Partial<Record<keyof T, unknown>>): void {
    const before = Object.fromEntries(Object.keys(functions).map((name) => [name, target[name as keyof T]]));
    Object.assign(target, functions);
    this.#kept.push(() => Object.assign(target, before));
  }

  mend(): void {
    for (const undo of this.#kept.splice(0)) undo();
  }
}

let replaced = new Replaced();
let endpoint: () => Promise<string | null>;

const FAULTS: Readonly<Record<string, Readonly<Record<string, Fault>>>> = {
  'the chain': {
    down: { on: ({ host }) => Object.assign(host.chain.faults, { unreachable: true }) },
    slow: {
      on({ host: { chain } }) {
        replaced.in(chain.blocks, { head: silent, at: silent });
        replaced.in(chain.subscriptions, { get: silent, count: silent });
        replaced.in(chain.credentials, { owners: silent, get: silent, nextId: silent, findMints: silent });
      },
    },
    'half answering: blocks, and nothing of its contracts': {
      on({ host: { chain } }) {
        replaced.in(chain.subscriptions, { get: silent, count: silent });
        replaced.in(chain.credentials, { owners: silent, get: silent, nextId: silent, findMints: silent });
      },
    },
    'empty, as a node that begins anew': {
      on({ host: { chain } }) {
        replaced.in(chain.subscriptions, { get: async () => absent, count: async () => present(0n) });
        replaced.in(chain.credentials, {
          owners: async (ids: readonly bigint[]) => present(ids.map(() => null)),
          get: async () => absent,
        });
      },
    },
    'stale, ten blocks behind': {
      on({ host: { chain } }) {
        const { at, scan } = chain.blocks;
        const height = chain.ledger.head.height - 10;
        replaced.in(chain.blocks, {
          head: () => at(height),
          at: async (wanted: number) => (wanted > height ? absent : at(wanted)),
          scan: async (from: number, to: number) => scan(from, Math.min(to, height)),
        });
      },
    },
  },
  'the hypervisor': {
    down: { on: ({ machines }) => Object.assign(machines.faults, { away: true }) },
    slow: {
      on: ({ machines }) => {
        replaced.in(machines, { list: silent, status: silent });
        machines.faults.create = async () => {
          throw new Error('it gave no answer in time');
        };
      },
    },
    'half answering: some of its machines': {
      allows: [BOB],
      on: ({ machines }) => {
        const { list } = machines;
        replaced.in(machines, {
          list: async () => {
            const all = await list.call(machines);
            return all.kind === 'present'
              ? present(all.value.filter(({ name }) => name !== 'blockhost-001'))
              : all;
          },
        });
      },
    },
    'empty, as a host that begins anew': {
      allows: [BOB],
      on: ({ machines }) => replaced.in(machines, { list: async () => present([]) }),
    },
    'stale, with a machine that is gone': {
      allows: [BOB],
      on: ({ machines }) =>
        replaced.in(machines, {
          list: async () => present([{ name: 'blockhost-001', backendRef: NEVER_AGAIN, power: 'running' }]),
        }),
    },
  },
  'the connectivity provider': {
    down: {
      allows: [BOB],
      on: () => {
        endpoint = async () => {
          throw new Error('connection refused');
        };
      },
    },
    slow: {
      allows: [BOB],
      on: () => {
        endpoint = () => new Promise(() => {});
      },
    },
  },
};

describe('what a remote does not say', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  beforeEach(async () => {
    endpoint = async () => 'vm.example.net';
    replaced = new Replaced();
    the = await ReconcilingHost.create({ connectivity: () => endpoint() });
    the.host.chain.ledger.mine(20);
    await the.sell();
    the.host = await the.host.restarted();
  });
  afterEach(() => the.dispose());

  const mend = () => {
    replaced.mend();
    endpoint = async () => 'vm.example.net';
    the.host.chain.faults.unreachable = false;
    Object.assign(the.machines.faults, { create: null, away: false });
  };

  for (const [remote, faults] of Object.entries(FAULTS))
    for (const [fault, { on, allows = [] }] of Object.entries(faults))
      it(`destroys, makes and mints nothing: ${remote} is ${fault}`, async () => {
        const { host } = the;
        const before = await the.vm();
        on(the);
        await host.buy(host.chain.customer(2), 30_000);
        await host.startMonitor();
        for (let run = 0; run < RUNS; run += 1) await the.run().catch(() => {});
        if (allows.length > 0)
          await until(BOB, 10_000, async () => (the.machines.acts.includes(BOB) ? true : null));

        expect(allows).to.include.members(the.machines.acts.filter((act) => !act.startsWith('login')));
        const { status, ownerWallet, expiresAt } = await the.vm();
        expect({ status, ownerWallet, expiresAt }).to.deep.equal({
          status: before.status,
          ownerWallet: before.ownerWallet,
          expiresAt: before.expiresAt,
        });
        expect(the.machines.standing.has('blockhost-001')).to.equal(true);

        mend();
        // A stage that waits for an answer for minutes ends with its process.
        await host.stopMonitor();
        the.host = await host.restarted();
        await the.host.database('pipeline_entries').update({ next_attempt_at: 0 });
        await the.host.startMonitor();
        await the.host.untilRest();
        for (let run = 0; run < RUNS; run += 1) await the.run();
        await the.host.checkInvariants();
        expect(the.machines.acts.filter((act) => !act.startsWith('login'))).to.deep.equal([BOB]);
        expect(the.host.chain.ledger.contracts.mints).to.have.lengthOf(2);
      });
});
