import type { Address } from '@blockhost/kernel';
import type { Invariant } from './invariants.js';

/** Money of a host at rest: what its journal says of it, and what the chain does. Amounts are base units. */
export interface MoneyFacts {
  /** The wallets whose money is the host's, the contract among them, by what they are. */
  readonly own: ReadonlyMap<Address, 'contract' | 'server' | 'hot'>;
  readonly operations: readonly OperationFact[];
  readonly owed: readonly { readonly token: Address; readonly role: string; readonly amount: bigint }[];
  /** Every movement of a token on the chain that touched one of its wallets. */
  readonly movements: readonly Movement[];
  /** What its wallets hold of each token. */
  readonly held: readonly { readonly token: Address; readonly by: Address; readonly amount: bigint }[];
  readonly coin: CoinFacts;
}

/** Coin of the hot wallet since a moment, in milliseconds, when it had `before`; `fees` as the chain charged them since. */
export interface CoinFacts {
  readonly hot: Address;
  readonly since: number;
  readonly before: bigint;
  readonly fees: bigint;
  readonly held: bigint;
}

export interface Movement {
  readonly token: Address;
  readonly from: Address;
  readonly to: Address;
  readonly amount: bigint;
  readonly transaction: string;
}

export interface OperationFact {
  readonly id: number;
  readonly cycle: number;
  readonly step: string;
  /** null: the chain's own coin. */
  readonly token: Address | null;
  readonly toRole: string;
  readonly to: Address | null;
  readonly amount: bigint;
  readonly status: string;
  /** Of every version that was signed. */
  readonly transactions: readonly string[];
  readonly createdAt: number;
}

/** What must hold of the money of a host at rest, to the last unit (quality, section 2; engine.md 5.5). */
export const MONEY_INVARIANTS: readonly Invariant<MoneyFacts>[] = [
  {
    sentence: 'what came into a wallet is in it or went out of it',
    violations: ({ held, movements }) =>
      held.flatMap(({ token, by, amount }) => {
        const ofToken = movements.filter((each) => each.token === token);
        const left =
          sum(ofToken.filter(({ to }) => to === by)) - sum(ofToken.filter(({ from }) => from === by));
        return left === amount ? [] : [`${by} holds ${amount} of ${token}, and should ${left}`];
      }),
  },
  {
    sentence: 'what left a wallet was planned, and left it once',
    violations: ({ own, movements, operations }) => {
      const out = movements.filter(({ from }) => own.has(from));
      return [
        ...out
          .filter((movement) => operations.filter((each) => isOf(movement, each)).length !== 1)
          .map(({ from, amount, token, to }) => `${amount} of ${token} left ${from} for ${to} unplanned`),
        ...operations
          .filter(({ status, token, step }) => status === 'confirmed' && token !== null && step !== 'approve')
          .filter((operation) => out.filter((each) => isOf(each, operation)).length !== 1)
          .map(({ id, step }) => `${step} ${id} is confirmed and did not move its money once`),
      ];
    },
  },
  {
    sentence: 'the hot wallet loses coin by fees only',
    violations: ({ coin: { hot, since, before, fees, held }, operations }) => {
      const given = operations.filter(
        ({ step, to, createdAt }) => step === 'hot-gas' && to === hot && createdAt >= since,
      );
      const received = sum(given.filter(({ status }) => status === 'confirmed'));
      const left = before + received - fees;
      return left === held ? [] : [`it had ${before}, got ${received}, paid ${fees} and holds ${held}`];
    },
  },
  {
    sentence: 'what could not be paid is owed until it is paid',
    violations: ({ operations, owed }) => {
      const claims = new Map<string, bigint>();
      const claim = (token: Address | null, role: string, amount: bigint) =>
        claims.set(`${role} ${token}`, (claims.get(`${role} ${token}`) ?? 0n) + amount);
      for (const { step, status, token, toRole, amount } of operations) {
        if (status === 'failed' && (step === 'share' || step === 'remainder')) claim(token, toRole, amount);
        if (status === 'confirmed' && step === 'owed') claim(token, toRole, -amount);
      }
      for (const { token, role, amount } of owed) claim(token, role, -amount);
      return [...claims]
        .filter(([, left]) => left !== 0n)
        .map(([who, left]) => `${left} more is due than owed: ${who}`);
    },
  },
  {
    sentence: 'an intent has at most one live operation',
    violations: ({ operations }) => {
      const live = operations.filter(({ status }) => status !== 'failed');
      const open = live.filter(({ status }) => status !== 'confirmed');
      const intent = ({ step, token, toRole }: OperationFact) => `${step} of ${token} to ${toRole}`;
      return [
        ...twice(live.map((each) => `${intent(each)} in cycle ${each.cycle}`)),
        ...twice(open.map(intent)),
        ...twice(operations.flatMap(({ transactions }) => transactions)),
      ];
    },
  },
  {
    sentence: 'nothing is under way',
    violations: ({ operations }) =>
      operations
        .filter(({ status }) => status !== 'confirmed' && status !== 'failed')
        .map(({ id, step, status }) => `${step} ${id} is ${status}`),
  },
];

/** The market takes what is swapped; everything else arrives where it was sent. */
function isOf({ token, to, amount, transaction }: Movement, operation: OperationFact): boolean {
  return (
    operation.status === 'confirmed' &&
    operation.transactions.includes(transaction) &&
    operation.token === token &&
    operation.amount === amount &&
    (operation.to === to || operation.step === 'swap')
  );
}

function sum(amounts: readonly { readonly amount: bigint }[]): bigint {
  return amounts.reduce((total, { amount }) => total + amount, 0n);
}

function twice(values: readonly string[]): readonly string[] {
  return values
    .filter((value, index) => values.indexOf(value) !== index)
    .map((value) => `${value} is there twice`);
}
