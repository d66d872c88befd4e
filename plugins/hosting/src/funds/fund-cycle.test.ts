import { rm } from 'node:fs/promises';
import path from 'node:path';
import { hasCode } from '@blockhost/kernel';
import { ADDRESSBOOK_JSON, REVENUE_SHARE_JSON, walletKey } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { COIN, DOLLAR, OTHER, STABLE, TestFunds } from './test-funds.js';

describe('a fund cycle', () => {
  let funds: TestFunds;
  beforeEach(async () => {
    funds = await TestFunds.create();
    await funds.set({ server_stablecoin_buffer_usd: 0 });
  });
  afterEach(() => funds.dispose());

  it('takes what customers paid out of the contract and gives it to the administrator', async () => {
    funds.pay(100n * DOLLAR);
    await funds.cycle();
    expect(funds.balance(funds.contract)).to.equal(0n);
    expect(funds.balance(funds.address('admin'))).to.equal(100n * DOLLAR);
    expect(await funds.journal.open()).to.deep.equal([]);
  });

  it('gives the hot wallet coin, fills the server’s buffer, pays shares, and the rest to the administrator', async () => {
    await funds.set({ server_stablecoin_buffer_usd: 30, hot_wallet_gas_fake: '0.02' });
    await funds.share(['dev', 100], ['broker', 50]);
    funds.pay(1_030n * DOLLAR);
    await funds.cycle();
    expect(funds.balance(funds.hot, null)).to.equal(COIN / 50n);
    expect(funds.balance(funds.server)).to.equal(30n * DOLLAR);
    expect(funds.balance(funds.address('dev'))).to.equal(10n * DOLLAR);
    expect(funds.balance(funds.address('broker'))).to.equal(5n * DOLLAR);
    expect(funds.balance(funds.address('admin'))).to.equal(985n * DOLLAR);
    expect(funds.balance(funds.hot)).to.equal(0n);
  });

  it('leaves what is a cent below the minimum in the contract, and takes what reaches it', async () => {
    funds.pay(50n * DOLLAR - 1n);
    await funds.cycle();
    expect(funds.balance(funds.contract)).to.equal(50n * DOLLAR - 1n);
    funds.pay(1n);
    await funds.cycle();
    expect(funds.balance(funds.contract)).to.equal(0n);
  });

  it('leaves a token of unknown worth in the contract and says so', async () => {
    funds.chain.addPaymentMethod(OTHER, 18, null);
    funds.pay(10n ** 27n, OTHER);
    funds.pay(60n * DOLLAR);
    await funds.cycle();
    expect(funds.balance(funds.contract, OTHER)).to.equal(10n ** 27n);
    expect(funds.balance(funds.address('admin'))).to.equal(60n * DOLLAR);
    expect(funds.warnings().join()).to.contain('unknown worth');
  });

  it('distributes a token whose payment method was switched off when the hot wallet holds it', async () => {
    funds.chain.addPaymentMethod(OTHER, 18, 100n);
    funds.chain.switchPaymentMethod(OTHER, false);
    funds.chain.ledger.give(funds.hot, 7n, OTHER);
    funds.pay(5n * COIN, OTHER);
    await funds.cycle();
    expect(funds.balance(funds.address('admin'), OTHER)).to.equal(7n);
    expect(funds.balance(funds.contract, OTHER)).to.equal(5n * COIN);
  });

  for (const [short, expected] of [
    [1n, 0n],
    [0n, COIN / 100n],
  ] as const)
    it(`fills the hot wallet up only when the server keeps as much and the fee: ${short} base units short`, async () => {
      const fee = 21_000n;
      funds.chain.setFee(fee);
      funds.chain.ledger.impoverish(funds.server);
      funds.chain.ledger.give(funds.server, (2n * COIN) / 100n + fee - short);
      await funds.cycle();
      expect(funds.balance(funds.hot, null)).to.equal(expected);
    });

  it('sends the hot wallet exactly the one base unit that it lacks', async () => {
    funds.chain.ledger.give(funds.hot, COIN / 100n - 1n, null);
    const before = funds.balance(funds.server, null);
    await funds.cycle();
    expect(funds.balance(funds.server, null)).to.equal(before - 1n);
  });

  for (const [held, buffer] of [
    [50n * DOLLAR - 1n, 0n],
    [50n * DOLLAR, 50n * DOLLAR],
  ] as const)
    it(`fills the server’s buffer whole or not at all: the hot wallet holds ${held}`, async () => {
      await funds.set({});
      funds.chain.ledger.give(funds.hot, held, STABLE);
      await funds.cycle();
      expect(funds.balance(funds.server)).to.equal(buffer);
      expect(funds.balance(funds.address('admin'))).to.equal(held - buffer);
    });

  it('pays no shares and no remainder while the file of shares is invalid, and says what is wrong', async () => {
    await funds.config.write(REVENUE_SHARE_JSON, {
      enabled: true,
      total_bps: 200,
      recipients: [{ role: 'dev', bps: 100 }],
    });
    funds.pay(100n * DOLLAR);
    const problem = await funds.problem();
    expect(hasCode(problem, 'funds.incomplete')).to.equal(true);
    expect(String(problem)).to.contain('add up to 100 of 200');
    expect(funds.balance(funds.hot)).to.equal(100n * DOLLAR);

    await funds.share(['dev', 100]);
    await funds.cycle();
    expect(funds.balance(funds.address('dev'))).to.equal(DOLLAR);
    expect(funds.balance(funds.address('admin'))).to.equal(99n * DOLLAR);
  });

  it('makes a hot wallet when there is none, and remembers it', async () => {
    await funds.enter('hot', null);
    await rm(path.join(funds.files.paths.config, walletKey('hot').name));
    funds.pay(100n * DOLLAR);
    await funds.cycle();
    expect((await funds.journal.state()).hotWalletGenerated).to.equal(true);
    expect(funds.balance(funds.address('admin'))).to.equal(100n * DOLLAR);
  });

  it('gives a hot wallet whose entry was lost its entry back', async () => {
    await funds.enter('hot', null);
    funds.pay(100n * DOLLAR);
    await funds.cycle();
    const book = await funds.config.read(ADDRESSBOOK_JSON);
    expect(book.hot).to.deep.equal({ address: funds.hot, keyfile: '/etc/blockhost/hot.key' });
    expect(book.admin).to.deep.equal({ address: funds.address('admin') });
  });

  it('moves nothing without the server’s key', async () => {
    await funds.enter('server', { address: funds.server });
    funds.pay(100n * DOLLAR);
    expect(hasCode(await funds.problem(), 'wallet.no-key')).to.equal(true);
    expect(funds.balance(funds.contract)).to.equal(100n * DOLLAR);
  });
});
