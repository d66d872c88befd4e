import type { Accounts, Funds, Swap, TransactionDraft } from '../ports/chain-engine.js';
import { absent, type Presence, present } from '../ports/presence.js';
import { CREDENTIALS, type FakeAct, MARKET, SUBSCRIPTIONS } from './fake-acts.js';
import type { FakeMoney } from './fake-money.js';

/** How a fake facet reaches the chain: past the faults, under the name of the call; undefined is absent. */
export type FakeAsk = <T>(call: string, read: () => T | undefined) => Promise<Presence<T>>;

export function fakeDraft(description: string, body: FakeAct): TransactionDraft {
  return { description, body };
}

export function fakeFunds(ask: FakeAsk, money: () => FakeMoney): Funds {
  return {
    nativeBalance: (of) => ask('funds.nativeBalance', () => money().balance(null, of)),
    tokenBalance: (token, of) => ask('funds.tokenBalance', () => money().balance(token, of)),
    tokenFacts: (token) =>
      ask('funds.tokenFacts', () => {
        const method = money().methods.find((one) => one.token === token);
        return method && { symbol: `USD${'X'.repeat(Number(method.id))}`, decimals: method.decimals };
      }),
    sendNative: (to, amount) => fakeDraft(`send ${amount} to ${to}`, { do: 'send', token: null, to, amount }),
    sendToken: (token, to, amount) =>
      fakeDraft(`send ${amount} of ${token} to ${to}`, { do: 'send', token, to, amount }),
    withdraw: (token, to) => fakeDraft(`withdraw ${token} to ${to}`, { do: 'withdraw', token, to }),
    paymentMethods: () => ask('funds.paymentMethods', () => money().methods),
    valueInCents: ({ token }, amount) => ask('funds.valueInCents', () => money().cents(token, amount)),
    transferFee: () => ask('funds.transferFee', () => money().fee),
  };
}

export function fakeSwap(ask: FakeAsk, money: () => FakeMoney): Swap {
  return {
    quote: (token, amount) => ask('swap.quote', () => money().quote(token, amount)),
    async approval(token, amount, owner) {
      const allowed = await ask('swap.approval', () => money().allowance(token, owner));
      if (allowed.kind !== 'present') return allowed;
      if (allowed.value >= amount) return absent;
      const amounts = allowed.value > 0n ? [0n, amount] : [amount];
      return present(
        amounts.map((each) =>
          fakeDraft(`allow the market ${each} of ${token}`, { do: 'approve', token, amount: each }),
        ),
      );
    },
    exchange: (order) =>
      fakeDraft(`exchange ${order.amount} of ${order.token}`, { do: 'exchange', ...order }),
    valueOfNative: (amount) =>
      ask('swap.valueOfNative', () => {
        const cents = money().coinCents(amount);
        const { market } = money();
        return market === null || cents === undefined
          ? undefined
          : { cents, liquidityCents: market.liquidityCents };
      }),
  };
}

export function fakeAccounts(ask: FakeAsk, money: () => FakeMoney): Accounts {
  return {
    isContract: (address) =>
      ask(
        'accounts.isContract',
        () =>
          [CREDENTIALS, SUBSCRIPTIONS, MARKET].includes(address) ||
          money().methods.some(({ token }) => token === address),
      ),
  };
}
