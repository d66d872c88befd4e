import { expect } from 'chai';
import type { ChainBench } from './chain-engine-conformance.js';
import { expectRefusal } from './expect-refusal.js';

/** Unreachable is not absent. */
export function chainOutageCases(bench: () => ChainBench): void {
  it('answers unknown to every query, refuses every act, and recovers, when the chain cannot be reached', async function () {
    const { engine, subject } = bench();
    if (!subject.breakChain) this.skip();
    const { accounts, blocks, credentials, funds, plans, subscriptions, transactions } = engine;
    const { address } = subject.owner;
    const signed = await transactions.sign(plans.create('in vain', 1n), subject.owner);
    const mend = await subject.breakChain();
    try {
      const answers = await Promise.all([
        blocks.head(),
        blocks.at(1),
        credentials.get(0n),
        credentials.nextId(),
        credentials.supply(),
        credentials.ownedBy(address),
        credentials.owners([0n, 1n]),
        credentials.findMints(address, 0),
        credentials.mintedIn(signed),
        subscriptions.get(1n),
        subscriptions.count(),
        plans.list(),
        plans.createdIn(signed),
        plans.stablecoin(),
        funds.nativeBalance(address),
        funds.tokenBalance(address, address),
        funds.tokenFacts(address),
        funds.paymentMethods(),
        funds.valueInCents({ id: 1n, token: address, decimals: 6, active: true }, 1n),
        funds.transferFee(),
        accounts.isContract(address),
      ]);
      expect(answers.map(({ kind }) => kind)).to.deep.equal(answers.map(() => 'unknown'));
      expect(await transactions.lookup(signed)).to.include({ state: 'unknown' });
      await expectRefusal(blocks.scan(0, 1), 'chain.unreachable');
      await expectRefusal(transactions.sign(plans.create('in vain', 1n), subject.owner), 'chain.unreachable');
      await expectRefusal(transactions.broadcast(signed), 'chain.unreachable');
      await expectRefusal(transactions.bump(signed, subject.owner), 'chain.unreachable');
    } finally {
      await mend();
    }
    expect((await blocks.head()).kind).to.equal('present');
    expect(await transactions.lookup(signed)).to.deep.equal({ state: 'unseen' });
  });
}
