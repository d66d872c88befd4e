import { expect } from 'chai';
import type { ChainBench } from './chain-engine-conformance.js';
import { valueIn } from './chain-engine-conformance.js';
import { expectRefusal } from './expect-refusal.js';

/** Blocks and transactions. */
export function chainTransactionCases(bench: () => ChainBench): void {
  it('shows a head whose block can be read by its height and names its parent', async () => {
    const { blocks, plans } = bench().engine;
    await bench().send(plans.create('one more block', 9n));
    const head = valueIn(await blocks.head());
    expect(valueIn(await blocks.at(head.height))).to.deep.equal(head);
    expect(valueIn(await blocks.at(head.height - 1)).hash).to.equal(head.parentHash);
    expect(head.timestamp).to.be.greaterThan(1_500_000_000);
  });

  it('answers absent for a block beyond the head, and refuses to scan up to it', async () => {
    const { blocks } = bench().engine;
    const { height } = valueIn(await blocks.head());
    expect(await blocks.at(height + 1_000)).to.deep.equal({ kind: 'absent' });
    await expectRefusal(blocks.scan(height, height + 1_000), 'chain.unreachable');
  });

  it('broadcasts what it signed, finds it mined, and takes a second broadcast for a success', async () => {
    const { engine, subject } = bench();
    const { transactions, plans } = engine;
    const signed = await transactions.sign(plans.create('signed first', 10n), subject.owner);
    expect(await transactions.lookup(signed)).to.deep.equal({ state: 'unseen' });
    expect(JSON.parse(JSON.stringify(signed)), 'plain JSON').to.deep.equal(signed);
    await transactions.broadcast(signed);
    await transactions.broadcast(signed);
    await mined(bench(), signed);
    await transactions.broadcast(signed);
    expect(await transactions.lookup(signed)).to.include({ state: 'mined', success: true });
  });

  it('calls a transaction superseded whose sequence another one has spent', async () => {
    const { engine, subject } = bench();
    const { transactions, plans } = engine;
    const lost = await transactions.sign(plans.create('never mined', 11n), subject.owner);
    const rival = await transactions.sign(plans.create('mined instead', 12n), subject.owner);
    expect(rival.sequence).to.equal(lost.sequence);
    await transactions.broadcast(rival);
    await mined(bench(), rival);
    for (let block = 1; block < engine.chain.confirmations; block += 1)
      await bench().send(plans.create(`on top ${block}`, 13n));
    expect(await transactions.lookup(lost)).to.deep.equal({ state: 'superseded' });
  });

  it('refuses to sign what the contract would refuse, with its reason, and spends nothing', async () => {
    const { engine, subject } = bench();
    const { transactions, plans } = engine;
    const before = await transactions.sign(plans.create('probe', 14n), subject.owner);
    const error = await expectRefusal(
      transactions.sign(plans.create('free of charge', 0n), subject.owner),
      'chain.would-revert',
    );
    expect(error.remedy).to.be.a('string');
    const after = await transactions.sign(plans.create('probe', 14n), subject.owner);
    expect(after.sequence).to.equal(before.sequence);
  });

  it('raises no fee of a transaction that has not lain long', async () => {
    const { engine, subject } = bench();
    const signed = await engine.transactions.sign(engine.plans.create('in time', 15n), subject.owner);
    expect(await engine.transactions.bump(signed, subject.owner)).to.equal(null);
  });

  it('refuses to sign for a wallet without coins', async () => {
    const { funds, keys, transactions } = bench().engine;
    const poor = keys.parse(keys.generate().text);
    expect(valueIn(await funds.nativeBalance(poor.address))).to.equal(0n);
    await expectRefusal(
      transactions.sign(funds.sendNative(poor.address, 1n), poor),
      'chain.insufficient-funds',
    );
  });
}

async function mined(
  { engine }: ChainBench,
  signed: Parameters<typeof engine.transactions.lookup>[0],
): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await engine.transactions.lookup(signed)).state !== 'mined') {
    if (Date.now() > deadline) expect.fail(`${signed.hash} is not mined after 10 s`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
