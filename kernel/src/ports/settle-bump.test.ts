import { expect } from 'chai';
import { BlockhostError } from '../errors/blockhost-error.js';
import { FakeChain } from '../testing/fake-chain.js';
import type { SignedTransaction, Transactions } from './chain-engine.js';
import { type Settlement, settle } from './settle.js';

/** A payment on a chain whose blocks come when somebody waits for them. */
function situation({ transactions = {} }: { transactions?: Partial<Transactions> } = {}) {
  const chain = new FakeChain({ autoMine: false });
  const { key } = chain.ownerKey;
  const recipient = chain.keys.generate().address;
  const saved: SignedTransaction[] = [];
  let now = 0;
  const order: Settlement = {
    transactions: { ...chain.transactions, ...transactions },
    draft: chain.funds.sendNative(recipient, 5n),
    key,
    bump: async () => key,
    confirmations: 2,
    timeoutMs: 60_000,
    pollMs: 1_000,
    clock: {
      now: () => now,
      async sleep(ms) {
        now += ms;
        chain.ledger.mine();
      },
    },
    signal: new AbortController().signal,
    journal: {
      load: async () => saved.at(-1) ?? null,
      async save(signed) {
        if (saved.length === 0) chain.ledger.leftLying.add(signed.hash);
        saved.push(signed);
      },
    },
    walletLock: (act) => act(),
  };
  const received = () => chain.ledger.contracts.money.balance(null, recipient);
  const settledIn = (hash: string) => chain.ledger.minedAt(hash as `0x${string}`) !== undefined;
  return { chain, order, saved, received, settledIn };
}

describe('settling a transaction that is left lying', () => {
  it('saves a version with a higher fee, beside the first one, before it broadcasts it', async () => {
    const { order, saved, received, settledIn } = situation();
    const { transaction } = await settle(order);
    const [first, second] = saved;
    expect(saved).to.have.length(2);
    expect(transaction).to.deep.equal(second);
    expect(second?.earlier).to.deep.equal([first]);
    expect(second?.sequence).to.equal(first?.sequence);
    expect(settledIn(first?.hash ?? '')).to.equal(false);
    expect(received()).to.equal(5n);
  });

  it('raises the fee also when the network has thrown the first version away', async () => {
    const { chain, order, saved, received } = situation();
    const { broadcast } = chain.transactions;
    order.transactions.broadcast = async (signed) => {
      if (signed.earlier) await broadcast(signed);
    };
    const { transaction } = await settle(order);
    expect(transaction.earlier).to.deep.equal([saved[0]]);
    expect(received()).to.equal(5n);
  });

  it('takes the first version when that one is mined, and leaves it in the journal', async () => {
    const { chain, order, saved, received } = situation();
    const { broadcast } = chain.transactions;
    order.transactions.broadcast = async (signed) => {
      await broadcast(signed);
      if (!signed.earlier) return;
      // Somebody took the old one after all, and refuses its successor.
      chain.ledger.leftLying.clear();
      chain.ledger.leftLying.add(signed.hash);
      chain.ledger.mine();
      throw new BlockhostError('chain.rejected', 'The sequence is spent.');
    };
    const { transaction } = await settle(order);
    expect(transaction.hash).to.equal(saved[0]?.hash);
    expect(saved.at(-1)).to.deep.equal(transaction);
    expect(received()).to.equal(5n);
  });

  it('pays once when it was killed between saving and broadcasting the new version', async () => {
    for (const survivor of ['first', 'second'] as const) {
      const { chain, order, saved, received } = situation();
      const { broadcast } = chain.transactions;
      const killed = new Error('killed');
      order.transactions.broadcast = async (signed) => {
        if (signed.earlier) throw killed;
        await broadcast(signed);
      };
      expect(await settle(order).catch((thrown: unknown) => thrown)).to.equal(killed);
      expect(saved.at(-1)?.earlier).to.have.length(1);
      order.transactions.broadcast = broadcast;
      if (survivor === 'first') chain.ledger.leftLying.clear();
      const { transaction } = await settle(order);
      expect(transaction.hash === saved[0]?.hash, survivor).to.equal(survivor === 'first');
      expect(received(), survivor).to.equal(5n);
    }
  });

  it('does not call it lost while one of its versions may have been mined', async () => {
    const lost = { state: 'superseded' } as const;
    for (const [first, wanted] of [
      [{ state: 'unknown', reason: 'node down' }, 'chain.transaction-pending'],
      [{ state: 'pending' }, 'chain.transaction-pending'],
      [lost, 'chain.transaction-superseded'],
    ] as const) {
      const { order, saved } = situation();
      const old = await order.transactions.sign(order.draft, order.key);
      saved.push(old, { ...old, hash: '0x02', earlier: [old] });
      order.transactions.lookup = async ({ hash }) => (hash === '0x02' ? lost : first);
      expect(await settle(order).catch((thrown: unknown) => thrown)).to.have.property('code', wanted);
    }
  });

  it('waits without a key, and while the chain cannot say what the fee should be', async () => {
    const { bump: _, ...patient } = situation().order;
    const cut = situation({
      transactions: {
        bump: async () => {
          throw new BlockhostError('chain.unreachable', 'The node does not answer.');
        },
      },
    });
    for (const order of [patient, cut.order])
      expect(await settle(order).catch((thrown: unknown) => thrown)).to.have.property(
        'code',
        'chain.transaction-pending',
      );
    expect(cut.saved).to.have.length(1);
  });
});
