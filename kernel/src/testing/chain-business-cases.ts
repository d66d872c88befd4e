import { expect } from 'chai';
import { encodeHex, generatePrivateKey, privateKeyText, publicKeyOf } from '../crypto/index.js';
import type { ChainBench } from './chain-engine-conformance.js';
import { valueIn } from './chain-engine-conformance.js';

/** Credentials, plans, purchases, funds. */
export function chainBusinessCases(bench: () => ChainBench): void {
  const missing = 10n ** 15n;
  const publicSecret = 'blockhost-access@conformance';
  const serverKey = generatePrivateKey();
  const serverPublicKey = encodeHex(publicKeyOf(serverKey));

  it('finds a mint by its transaction, by its recipient and by its id', async () => {
    const { engine, send, subject } = bench();
    const { credentials } = engine;
    const { address } = await subject.newCustomer();
    const supply = valueIn(await credentials.supply());
    const hint = valueIn(await credentials.nextId());
    const transaction = await send(credentials.mint(address, '0xabcd'));
    const mint = valueIn(await credentials.mintedIn(transaction));
    expect(mint).to.include({ to: address, transactionHash: transaction.hash, tokenId: hint });
    expect(valueIn(await credentials.get(mint.tokenId))).to.deep.equal({
      tokenId: mint.tokenId,
      owner: address,
      userData: '0xabcd',
    });
    expect(valueIn(await credentials.ownedBy(address))).to.deep.equal([mint.tokenId]);
    expect(valueIn(await credentials.supply())).to.equal(supply + 1n);
    expect(valueIn(await credentials.findMints(address, transaction.signedAtHeight))).to.deep.equal([mint]);
    expect(valueIn(await credentials.findMints(address, mint.height + 1))).to.deep.equal([]);
  });

  it('answers absent for a credential that was never minted, and nothing for who has none', async () => {
    const { credentials } = bench().engine;
    const { address } = bench().engine.keys.generate();
    expect(await credentials.get(missing)).to.deep.equal({ kind: 'absent' });
    expect(valueIn(await credentials.ownedBy(address))).to.deep.equal([]);
    expect(valueIn(await credentials.findMints(address, 0))).to.deep.equal([]);
  });

  it('replaces the data of a credential', async () => {
    const { engine, send, subject } = bench();
    const { credentials } = engine;
    const minted = await send(credentials.mint((await subject.newCustomer()).address, '0x'));
    const { tokenId } = valueIn(await credentials.mintedIn(minted));
    await send(credentials.updateUserData(tokenId, '0x1234'));
    expect(valueIn(await credentials.get(tokenId)).userData).to.equal('0x1234');
  });

  it('knows the plan that a transaction made, and lists it with its price', async () => {
    const { engine, send } = bench();
    const made = await send(engine.plans.create('Größe L', 123n));
    const id = valueIn(await engine.plans.createdIn(made));
    expect(valueIn(await engine.plans.list())).to.deep.include({
      id,
      name: 'Größe L',
      priceCentsPerDay: 123n,
      active: true,
    });
    expect(await engine.credentials.mintedIn(made), 'a mint in it').to.deep.equal({ kind: 'absent' });
  });

  it('shows a purchase and its extension as events, and as the subscription they made', async () => {
    const { engine, events, send, subject } = bench();
    const planId = valueIn(await engine.plans.createdIn(await send(engine.plans.create('For sale', 50n))));
    const customer = await subject.newCustomer();
    const count = valueIn(await engine.subscriptions.count());
    await customer.buy({ planId, days: 30, serverPublicKey, publicSecret });

    const bought = (await events('subscription-created')).at(-1);
    expect(bought).to.include({ planId, subscriber: customer.address });
    expect(engine.cipher.openPurchase(bought?.userEncrypted ?? '0x', privateKeyText(serverKey))).to.equal(
      await customer.sign(publicSecret),
    );
    const id = bought?.subscriptionId ?? missing;
    expect(valueIn(await engine.subscriptions.count())).to.equal(count + 1n);
    expect(valueIn(await engine.subscriptions.get(id))).to.deep.equal({
      id,
      planId,
      subscriber: customer.address,
      expiresAt: bought?.expiresAt,
      cancelled: false,
    });
    expect(bought?.paidAmount).to.satisfy((amount: bigint) => amount > 0n);

    await customer.extend({ subscriptionId: id, days: 10 });
    const extended = (await events('subscription-extended')).at(-1);
    expect(extended).to.include({ subscriptionId: id, extendedBy: customer.address });
    expect(extended?.newExpiresAt).to.equal((bought?.expiresAt ?? 0) + 10 * 86_400);
    expect(valueIn(await engine.subscriptions.get(id)).expiresAt).to.equal(extended?.newExpiresAt);
  });

  it('answers absent for a subscription that was never bought', async () => {
    expect(await bench().engine.subscriptions.get(missing)).to.deep.equal({ kind: 'absent' });
  });

  it('gives the same events for a range as for its parts, in the order of the chain', async () => {
    const { engine } = bench();
    const from = engine.chain.contracts?.deployHeight ?? 0;
    const { height } = valueIn(await engine.blocks.head());
    const whole = await engine.blocks.scan(from, height);
    const middle = Math.floor((from + height) / 2);
    const parts = [await engine.blocks.scan(from, middle), await engine.blocks.scan(middle + 1, height)];
    expect(parts.flatMap(({ events }) => events)).to.deep.equal(whole.events);
    expect(whole.events).not.to.have.length(0);
    expect(whole.undecodable).to.deep.equal([]);
    expect(whole.tip).to.deep.equal(valueIn(await engine.blocks.at(height)));
    for (const event of whole.events)
      expect(event.blockHash, `hash of block ${event.height}`).to.equal(
        valueIn(await engine.blocks.at(event.height)).hash,
      );
    const places = whole.events.map(
      (event) => [event.height, event.transactionIndex, event.logIndex] as const,
    );
    expect(places).to.deep.equal([...places].sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]));
  });

  it('takes the money of a purchase out, shows it as an event, and sends it on', async () => {
    const { engine, events, send, subject } = bench();
    const { funds, plans } = engine;
    const token = valueIn(await plans.stablecoin());
    const contract = engine.chain.contracts?.subscriptions ?? '';
    const planId = valueIn(await plans.createdIn(await send(plans.create('Money', 100n))));
    await (await subject.newCustomer()).buy({ planId, days: 1, serverPublicKey, publicSecret });
    const earned = valueIn(await funds.tokenBalance(token, contract));
    const before = valueIn(await funds.tokenBalance(token, subject.owner.address));
    await send(funds.withdraw(token, subject.owner.address));
    expect(valueIn(await funds.tokenBalance(token, contract))).to.equal(0n);
    expect(valueIn(await funds.tokenBalance(token, subject.owner.address))).to.equal(before + earned);
    expect((await events('funds-withdrawn')).at(-1)).to.include({
      to: subject.owner.address,
      amount: earned,
    });

    const { address } = engine.keys.generate();
    await send(funds.sendToken(token, address, earned));
    expect(valueIn(await funds.tokenBalance(token, address))).to.equal(earned);
    await send(funds.sendNative(address, 12_345n));
    expect(valueIn(await funds.nativeBalance(address))).to.equal(12_345n);
  });

  it('knows symbol and decimals of the stablecoin, and that another address is no token', async () => {
    const { funds, keys, plans } = bench().engine;
    const facts = valueIn(await funds.tokenFacts(valueIn(await plans.stablecoin())));
    expect(facts.symbol).to.not.equal('');
    expect(facts.decimals).to.be.within(0, 36);
    expect(await funds.tokenFacts(keys.generate().address)).to.deep.equal({ kind: 'absent' });
  });
}
