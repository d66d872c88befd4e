import type { Address } from '@blockhost/kernel';
import { REVENUE_SHARE_JSON } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import fc from 'fast-check';
import { DISTRIBUTION, type Operation, toOperation } from './operation.js';
import { Life, mortal, refusing } from './test-faults.js';
import { COIN, OTHER, STABLE, TestFunds } from './test-funds.js';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const FEE = 21_000n;
const TOKENS = [STABLE, OTHER];
const RECIPIENTS = ['dev', 'broker', 'ghost'] as const;
type Recipient = (typeof RECIPIENTS)[number];

/** What happens to a host between two runs, and to the run that follows. */
type Event =
  | { readonly do: 'pay'; readonly token: number; readonly amount: bigint }
  | { readonly do: 'share'; readonly bps: readonly number[] }
  | { readonly do: 'refuse'; readonly role: Recipient | 'admin'; readonly refused: boolean }
  | { readonly do: 'forget'; readonly role: Recipient; readonly forgotten: boolean }
  | { readonly do: 'run' }
  | { readonly do: 'die'; readonly after: number }
  | { readonly do: 'fail'; readonly call: string };

const money = fc.oneof(
  fc.bigInt({ min: 1n, max: 10n ** 9n }),
  fc.bigInt({ min: 2n ** 64n - 9n, max: 2n ** 64n + 9n }),
  fc.bigInt({ min: 10n ** 27n - 9n, max: 10n ** 27n + 9n }),
);
const CALLS = [
  'blocks.head',
  'transactions.sign',
  'transactions.broadcast',
  'transactions.lookup',
  'funds.paymentMethods',
  'funds.tokenBalance',
  'funds.nativeBalance',
  'funds.transferFee',
  'funds.valueInCents',
  'plans.stablecoin',
];
const event: fc.Arbitrary<Event> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pay' as const), token: fc.nat(1), amount: money }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('share' as const),
      bps: fc.array(fc.integer({ min: 1, max: 3_000 }), { maxLength: 3 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant('refuse' as const),
      role: fc.constantFrom(...RECIPIENTS, 'admin' as const),
      refused: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('forget' as const),
      role: fc.constantFrom(...RECIPIENTS),
      forgotten: fc.boolean(),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ do: 'run' } as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('die' as const), after: fc.nat(90) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('fail' as const), call: fc.constantFrom(...CALLS) }) },
);

class Story {
  readonly #paid = new Map<Address, bigint>();
  readonly #refused = new Set<Address>();
  readonly #addresses: Readonly<Record<Recipient | 'admin', Address>>;
  #share: readonly number[] = [];
  #seen = 0;

  private constructor(readonly funds: TestFunds) {
    const ghost = funds.chain.keys.parse('77'.padStart(64, '0')).address;
    const [dev, broker, admin] = [funds.address('dev'), funds.address('broker'), funds.address('admin')];
    this.#addresses = { dev, broker, ghost, admin };
  }

  static async run(confirmations: number, events: readonly Event[]): Promise<void> {
    const funds = await TestFunds.create({ confirmations });
    try {
      const story = new Story(funds);
      funds.chain.setFee(FEE);
      funds.chain.addPaymentMethod(OTHER, 18, 100n);
      await funds.set({ min_withdrawal_usd: 0, server_stablecoin_buffer_usd: 7 });
      for (const each of events) await story.happen(each);
      await story.heal();
      await story.check();
    } finally {
      await funds.dispose();
    }
  }

  async happen(event: Event): Promise<void> {
    const { funds } = this;
    const { faults } = funds.chain;
    switch (event.do) {
      case 'pay': {
        const token = TOKENS[event.token] ?? STABLE;
        this.#paid.set(token, (this.#paid.get(token) ?? 0n) + event.amount);
        return funds.pay(event.amount, token);
      }
      case 'share':
        this.#share = event.bps;
        return funds.config.write(REVENUE_SHARE_JSON, {
          enabled: event.bps.length > 0,
          total_bps: event.bps.reduce((sum, one) => sum + one, 0),
          recipients: event.bps.map((bps, index) => ({ role: RECIPIENTS[index] ?? '', bps })),
        });
      case 'refuse':
        if (event.refused) this.#refused.add(this.#addresses[event.role]);
        else this.#refused.delete(this.#addresses[event.role]);
        return;
      case 'forget': {
        const entry = { address: this.#addresses[event.role] };
        return funds.enter(event.role, event.forgotten ? null : entry);
      }
      case 'run':
        await this.#run();
        return;
      case 'die':
        await this.#run(new Life(event.after));
        return;
      case 'fail':
        faults.failing.add(event.call);
        await this.#run();
        faults.failing.clear();
    }
  }

  async #run(life = new Life()): Promise<unknown> {
    const { funds } = this;
    funds.files.clock.advance(DAY);
    const problem = await funds.problem('fund-cycle', mortal(refusing(funds.host, this.#refused), life));
    await this.#checkShares();
    return problem;
  }

  /** Everything works again, until nobody is owed anything. */
  async heal(): Promise<void> {
    const { funds } = this;
    this.#refused.clear();
    for (const role of RECIPIENTS) await funds.enter(role, { address: this.#addresses[role] });
    for (let tries = 0; tries < 12; tries += 1) {
      funds.files.clock.advance(DAY + HOUR);
      funds.chain.ledger.mine(3);
      const problem = await this.#run();
      if (problem === null && (await funds.journal.owed()).length === 0) return;
    }
    throw new Error(`it does not come to rest: ${await funds.problem()}`);
  }

  async #operations(): Promise<readonly Operation[]> {
    return (await this.funds.files.database('fund_operations').orderBy('id')).map(toOperation);
  }

  /** Distributions planned since the last look follow the rule of now, to the last unit. */
  async #checkShares(): Promise<void> {
    const operations = (await this.#operations()).filter(({ id }) => id > this.#seen);
    this.#seen = operations.at(-1)?.id ?? this.#seen;
    const total = BigInt(this.#share.reduce((sum, one) => sum + one, 0));
    for (const token of TOKENS) {
      const planned = operations.filter(
        ({ step, ...operation }) => operation.token === token && (step === 'share' || step === 'remainder'),
      );
      const base = planned.reduce((sum, { amount }) => sum + amount, 0n);
      const pool = (base * total) / 10_000n;
      const shares = planned.filter(({ step }) => step === 'share');
      expect(shares.reduce((sum, { amount }) => sum + amount, 0n)).to.equal(pool);
      for (const { toRole, amount } of shares) {
        const index = (RECIPIENTS as readonly string[]).indexOf(toRole);
        if (index < this.#share.length - 1)
          expect(amount).to.equal((pool * BigInt(this.#share[index] ?? 0)) / total);
      }
    }
  }

  async check(): Promise<void> {
    const { funds } = this;
    const { ledger } = funds.chain;
    const operations = await this.#operations();
    const sum = (list: readonly Operation[]) => list.reduce((all, { amount }) => all + amount, 0n);

    for (const token of TOKENS) {
      const ofToken = operations.filter((operation) => operation.token === token);
      const held = (address: Address) => funds.balance(address, token);
      for (const role of [...RECIPIENTS, 'admin'] as const) {
        const due = ofToken.filter(({ toRole, step }) => toRole === role && step !== 'owed');
        expect(held(this.#addresses[role]), `${role} got what it was due`).to.equal(sum(due));
      }
      const buffers = ofToken.filter(({ step, status }) => step === 'buffer' && status === 'confirmed');
      expect(held(funds.server)).to.equal(sum(buffers));
      expect(held(funds.hot), 'nothing stays in the hot wallet').to.equal(0n);
      const everywhere = [funds.contract, funds.hot, funds.server, ...Object.values(this.#addresses)];
      expect(everywhere.reduce((all, address) => all + held(address), 0n)).to.equal(
        this.#paid.get(token) ?? 0n,
      );
    }

    const mined = operations.filter(({ signed }) => signed && ledger.minedAt(signed.hash)?.success);
    expect(new Set(mined.map(({ signed }) => signed?.hash)).size).to.equal(mined.length);
    expect(mined.map(({ id }) => id)).to.deep.equal(
      operations.filter(({ status }) => status === 'confirmed').map(({ id }) => id),
    );
    const { sequences } = ledger.contracts;
    const sent = (sequences.get(funds.server) ?? 0) - 1 + (sequences.get(funds.hot) ?? 0);
    expect(sent, 'no transaction that the journal does not know').to.equal(
      operations.filter(({ signed }) => signed && ledger.minedAt(signed.hash)).length,
    );
    const coins = funds.balance(funds.server, null) + funds.balance(funds.hot, null);
    expect(coins).to.equal(COIN - BigInt(sent) * FEE);
    expect(
      operations.some(({ step, status }) => DISTRIBUTION.includes(step) && status === 'planned'),
    ).to.equal(false);
  }
}

describe('money over random cycles', function () {
  this.timeout(120_000);

  it('is conserved to the last unit, and everybody gets what the rule gives, whatever fails', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 3 }),
        fc.array(event, { minLength: 2, maxLength: 9 }),
        (confirmations, events) => Story.run(confirmations, events),
      ),
      { numRuns: 60 },
    );
  });
});
