import { expect } from 'chai';
import { MONEY_INVARIANTS, type MoneyFacts, type OperationFact } from './money.js';

const [contract, hot, dev, customer] = ['fake:contract', 'fake:hot', 'fake:dev', 'fake:customer'];
const token = 'fake:dollar';

const withdrawal: OperationFact = {
  id: 1,
  cycle: 1,
  step: 'withdraw',
  token,
  toRole: 'hot',
  to: hot,
  amount: 100n,
  status: 'confirmed',
  transactions: ['tx-1'],
  createdAt: 10,
};
const share = {
  ...withdrawal,
  id: 2,
  step: 'share',
  toRole: 'dev',
  to: dev,
  amount: 30n,
  transactions: ['tx-2'],
};
const gas = { ...withdrawal, id: 3, step: 'hot-gas', token: null, amount: 9n, transactions: ['tx-3'] };
/** The second recipient has no address: it is owed its part. */
const unpaid = {
  ...share,
  id: 4,
  toRole: 'broker',
  to: null,
  amount: 70n,
  status: 'failed',
  transactions: [],
};

const sound: MoneyFacts = {
  own: new Map([
    [contract, 'contract'],
    [hot, 'hot'],
  ]),
  operations: [withdrawal, share, gas, unpaid],
  owed: [{ token, role: 'broker', amount: 70n }],
  movements: [
    { token, from: customer, to: contract, amount: 150n, transaction: 'tx-0' },
    { token, from: contract, to: hot, amount: 100n, transaction: 'tx-1' },
    { token, from: hot, to: dev, amount: 30n, transaction: 'tx-2' },
  ],
  held: [
    { token, by: contract, amount: 50n },
    { token, by: hot, amount: 70n },
  ],
  coin: { hot, since: 5, before: 1n, fees: 2n, held: 8n },
};

const [paid, withdrawn, shared] = sound.movements;
/** Every way in which each of them is broken. */
const BROKEN: Readonly<Record<string, readonly Partial<MoneyFacts>[]>> = {
  'what came into a wallet is in it or went out of it': [
    { held: [{ token, by: hot, amount: 69n }] },
    { held: [{ token, by: contract, amount: 51n }] },
  ],
  'what left a wallet was planned, and left it once': [
    { operations: [withdrawal, gas] },
    { operations: [withdrawal, { ...share, amount: 29n }] },
    { operations: [withdrawal, { ...share, to: 'fake:thief' }] },
    { operations: [withdrawal, { ...share, status: 'failed' }] },
    { movements: [paid, withdrawn, shared, shared].flatMap((each) => each ?? []) },
    { movements: [paid, withdrawn].flatMap((each) => each ?? []) },
  ],
  'the hot wallet loses coin by fees only': [
    { coin: { ...sound.coin, held: 7n } },
    { operations: [withdrawal, share, { ...gas, createdAt: 4 }] },
  ],
  'what could not be paid is owed until it is paid': [
    { owed: [] },
    { owed: [{ token, role: 'broker', amount: 69n }] },
    { operations: [...sound.operations, { ...unpaid, id: 5, step: 'owed', status: 'confirmed' }] },
    { operations: [withdrawal, share] },
  ],
  'an intent has at most one live operation': [
    { operations: [withdrawal, share, { ...share, id: 5, transactions: ['tx-5'] }] },
    { operations: [withdrawal, { ...share, step: 'remainder', transactions: ['tx-1'] }] },
    { operations: [1, 2].map((cycle) => ({ ...share, cycle, status: 'planned', transactions: [] })) },
  ],
  'nothing is under way': [{ operations: [{ ...share, status: 'broadcast' }] }],
};

describe('the invariants of money', () => {
  it('hold of payments that were withdrawn and shared, with one part owed', () => {
    expect(MONEY_INVARIANTS.flatMap(({ violations }) => violations(sound))).to.deep.equal([]);
  });

  for (const { sentence, violations } of MONEY_INVARIANTS)
    it(`notice when it is not so: ${sentence}`, () => {
      for (const facts of BROKEN[sentence] ?? [{}])
        expect(violations({ ...sound, ...facts }), Object.keys(facts).join()).to.have.length.above(0);
    });
});
