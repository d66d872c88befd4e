import { expect } from 'chai';
import { type ChainBench, valueIn } from './chain-engine-conformance.js';

/** Owners of credentials, ways to pay, and what a transfer costs. */
export function chainMoneyCases(bench: () => ChainBench): void {
  const missing = 10n ** 15n;

  it('names the owners of many credentials at once, and none for a burnt or missing one', async () => {
    const { engine, send, subject } = bench();
    const { credentials, chain } = engine;
    const contract = chain.contracts?.credentials ?? '';
    const [alice, bob] = [await subject.newCustomer(), await subject.newCustomer()];
    const minted: bigint[] = [];
    for (const { address } of [alice, alice, bob])
      minted.push(valueIn(await credentials.mintedIn(await send(credentials.mint(address, '0xab')))).tokenId);
    const [kept = missing, given = missing, burnt = missing] = minted;
    await alice.transfer({ credentials: contract, tokenId: given, to: bob.address });
    await bob.burn({ credentials: contract, tokenId: burnt });

    const owners = valueIn(await credentials.owners([given, missing, burnt, kept, given]));
    expect(owners).to.deep.equal([bob.address, null, null, alice.address, bob.address]);
    expect(valueIn(await credentials.owners([]))).to.deep.equal([]);
    const many = valueIn(
      await credentials.owners(Array.from({ length: 600 }, (_, at) => (at % 2 ? kept : missing))),
    );
    expect(many).to.deep.equal(Array.from({ length: 600 }, (_, at) => (at % 2 ? alice.address : null)));
    expect(await credentials.get(burnt)).to.deep.equal({ kind: 'absent' });
    expect(valueIn(await credentials.ownedBy(bob.address))).to.deep.equal([given]);
  });

  it('tells a contract from a wallet', async () => {
    const { accounts, chain, keys, plans } = bench().engine;
    for (const address of [chain.contracts?.credentials ?? '', valueIn(await plans.stablecoin())])
      expect(valueIn(await accounts.isContract(address)), address).to.equal(true);
    expect(valueIn(await accounts.isContract(keys.generate().address))).to.equal(false);
    expect(valueIn(await accounts.isContract(bench().subject.owner.address))).to.equal(false);
  });

  it('lists the stablecoin as method 1, worth a dollar, and knows no worth of what is no method', async () => {
    const { funds, keys, plans } = bench().engine;
    const token = valueIn(await plans.stablecoin());
    const { decimals } = valueIn(await funds.tokenFacts(token));
    const method = valueIn(await funds.paymentMethods()).find(({ id }) => id === 1n);
    expect(method).to.deep.equal({ id: 1n, token, decimals, active: true });
    if (!method) return;
    const unit = 10n ** BigInt(decimals);
    for (const [amount, cents] of [
      [0n, 0n],
      [unit, 100n],
      [unit - 1n, 99n],
      [unit / 100n, 1n],
      [10n ** 27n * unit + 1n, 10n ** 29n],
    ] as const)
      expect(valueIn(await funds.valueInCents(method, amount)), `${amount}`).to.equal(cents);
    const stranger = { ...method, id: missing, token: keys.generate().address };
    expect(await funds.valueInCents(stranger, unit)).to.deep.equal({ kind: 'absent' });
  });

  it('says what a transfer costs, so that a wallet can send all the rest', async () => {
    const { engine, send } = bench();
    const { funds, keys } = engine;
    const key = keys.parse(keys.generate().text);
    const purse = 10n ** 16n;
    await send(funds.sendNative(key.address, purse));
    const fee = valueIn(await funds.transferFee());
    const { address } = keys.generate();
    await send(funds.sendNative(address, purse - fee), key);
    expect(valueIn(await funds.nativeBalance(address))).to.equal(purse - fee);
    expect(valueIn(await funds.nativeBalance(key.address)) <= fee, 'at most the fee is left').to.equal(true);
  });

  it('has words for its coin and for its stablecoin, in lower case', () => {
    const { native, stablecoinWords, mainnet } = bench().engine.chain;
    expect(native.words).to.include('native');
    expect(stablecoinWords).to.include('stable');
    for (const word of [...native.words, ...stablecoinWords]) expect(word).to.match(/^[a-z]+$/);
    expect(mainnet, 'a chain for tests').to.equal(false);
  });
}
