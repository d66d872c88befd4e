import { expect } from 'chai';
import { BlockhostError, isBlockhostError } from '../errors/blockhost-error.js';
import type { SignedTransaction, TransactionState, Transactions } from './chain-engine.js';
import { type Settlement, settle } from './settle.js';

const signed: SignedTransaction = {
  hash: '0x01',
  from: '0xme',
  sequence: '7',
  raw: '0xff',
  description: 'pay the bill',
  signedAtHeight: 10,
  maxFee: '1',
};
const mined: TransactionState = { state: 'mined', success: true, height: 11, confirmations: 1 };

describe('settling a transaction', () => {
  it('saves the signed bytes before it broadcasts them, all under the wallet lock', async () => {
    const { order, calls } = situation([mined]);
    expect(await settle(order)).to.deep.equal({ transaction: signed, height: 11, confirmations: 1 });
    expect(calls).to.deep.equal(['lock', 'sign', 'save', 'broadcast', 'unlock', 'lookup']);
  });

  it('looks for a saved transaction and signs no second one', async () => {
    const { order, calls } = situation([mined], { saved: true });
    await settle(order);
    expect(calls).to.deep.equal(['lookup']);
  });

  it('hands in the same bytes again when nobody has seen them', async () => {
    const { order, calls } = situation([{ state: 'unseen' }, { state: 'unseen' }, mined], { saved: true });
    await settle(order);
    expect(calls).to.deep.equal(['lookup', 'lock', 'lookup', 'broadcast', 'unlock', 'lookup']);
  });

  it('goes on looking while the node is unreachable, also during the broadcast', async () => {
    const { order, calls } = situation(
      [{ state: 'unknown', reason: 'node down' }, { state: 'pending' }, mined],
      {
        broadcast: new BlockhostError('chain.unreachable', 'The node does not answer.'),
      },
    );
    await settle(order);
    expect(calls.filter((call) => call === 'lookup')).to.have.length(3);
  });

  it('waits while its fee is too low for this moment', async () => {
    const { order, calls } = situation([{ state: 'unseen' }, { state: 'unseen' }, mined], {
      broadcast: new BlockhostError('chain.underpriced', 'Fees are high.'),
    });
    await settle(order);
    expect(calls.filter((call) => call === 'broadcast')).to.have.length(2);
  });

  it('waits for the asked confirmations', async () => {
    const { order, calls } = situation([
      mined,
      { ...mined, confirmations: 2 },
      { ...mined, confirmations: 3 },
    ]);
    expect((await settle({ ...order, confirmations: 3 })).confirmations).to.equal(3);
    expect(calls.filter((call) => call === 'lookup')).to.have.length(3);
  });

  it('passes on a final refusal of the broadcast', async () => {
    const { order } = situation([mined], { broadcast: new BlockhostError('chain.rejected', 'No.') });
    expect((await failure(order)).code).to.equal('chain.rejected');
  });

  it('reports a failed transaction only once it is confirmed', async () => {
    const failed = { ...mined, success: false };
    const { order, calls } = situation([failed, { ...failed, confirmations: 2 }]);
    expect((await failure({ ...order, confirmations: 2 })).code).to.equal('chain.transaction-reverted');
    expect(calls.filter((call) => call === 'lookup')).to.have.length(2);
  });

  it('reports a transaction whose place was taken', async () => {
    const { order } = situation([{ state: 'superseded' }], { saved: true });
    expect((await failure(order)).code).to.equal('chain.transaction-superseded');
  });

  it('ends with exit code 3 and the hash when time is up', async () => {
    const { order } = situation([{ state: 'pending' }]);
    const error = await failure(order);
    expect([error.code, error.exitCode, error.facts]).to.deep.equal([
      'chain.transaction-pending',
      3,
      { transaction: '0x01' },
    ]);
  });
});

/** A chain that answers `states` in turn, the last one for ever, and a record of every call. */
function situation(
  states: readonly TransactionState[],
  { saved = false, broadcast }: { saved?: boolean; broadcast?: Error } = {},
) {
  const calls: string[] = [];
  const answers = [...states];
  let now = 0;
  const transactions: Transactions = {
    async sign() {
      calls.push('sign');
      return signed;
    },
    async broadcast() {
      calls.push('broadcast');
      if (broadcast) throw broadcast;
    },
    async lookup() {
      calls.push('lookup');
      return (answers.length > 1 ? answers.shift() : answers[0]) ?? { state: 'pending' };
    },
    async bump() {
      calls.push('bump');
      return null;
    },
  };
  const order: Settlement = {
    transactions,
    draft: { description: signed.description, body: null },
    key: { address: signed.from },
    confirmations: 1,
    timeoutMs: 1_000,
    pollMs: 100,
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms;
      },
    },
    signal: new AbortController().signal,
    journal: {
      load: async () => (saved ? signed : null),
      save: async () => void calls.push('save'),
    },
    async walletLock(act) {
      calls.push('lock');
      const result = await act();
      calls.push('unlock');
      return result;
    },
  };
  return { order, calls };
}

async function failure(order: Settlement): Promise<BlockhostError> {
  try {
    await settle(order);
  } catch (error) {
    if (isBlockhostError(error)) return error;
    throw error;
  }
  throw new Error('it settled');
}
