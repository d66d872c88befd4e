import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { withWallet } from '../wallets/with-wallet.js';
import type { FundHost } from './fund-host.js';
import { Life, mortal, refusing } from './test-faults.js';
import { COIN, DOLLAR, OTHER, STABLE, TestFunds } from './test-funds.js';

const DAY = 86_400_000;

describe('the journal of the fund cycle', function () {
  this.timeout(60_000);
  let funds: TestFunds;
  beforeEach(async () => {
    funds = await TestFunds.create();
    await funds.set({ server_stablecoin_buffer_usd: 0 });
    await funds.share(['dev', 1_000], ['broker', 500]);
  });
  afterEach(() => funds.dispose());

  const paid = () => ({
    dev: funds.balance(funds.address('dev')),
    broker: funds.balance(funds.address('broker')),
    admin: funds.balance(funds.address('admin')),
  });
  const another = () => funds.files.clock.advance(DAY);

  /** Runs until nothing is left to do. */
  async function settleDown(host?: FundHost): Promise<void> {
    for (let tries = 0; tries < 10; tries += 1) {
      funds.files.clock.advance(3_600_000);
      if ((await funds.problem('fund-cycle', host)) === null) return;
    }
    throw new Error(`the cycle does not end: ${await funds.problem()}`);
  }

  it('makes each transfer exactly once wherever the process is killed', async () => {
    const whole = new Life();
    funds.chain.ledger.give(funds.hot, COIN);
    funds.pay(100n * DOLLAR);
    await funds.run('fund-cycle', mortal(funds.host, whole));
    for (let length = 0; length < whole.acts; length += 1) {
      const before = paid();
      another();
      funds.pay(100n * DOLLAR);
      const life = new Life(length);
      expect(await funds.problem('fund-cycle', mortal(funds.host, life))).not.to.equal(null);
      expect(life.isOver, `killed after ${length} acts`).to.equal(true);
      await settleDown();
      expect(paid(), `killed after ${length} acts`).to.deep.equal({
        dev: before.dev + 10n * DOLLAR,
        broker: before.broker + 5n * DOLLAR,
        admin: before.admin + 85n * DOLLAR,
      });
    }
    expect(funds.balance(funds.hot)).to.equal(0n);
  });

  it('keeps what a recipient did not get as a debt, which the administrator never gets, and pays it first', async () => {
    const refused = new Set([funds.address('dev')]);
    const host = refusing(funds.host, refused);
    funds.pay(100n * DOLLAR);
    expect(hasCode(await funds.problem('fund-cycle', host), 'funds.incomplete')).to.equal(true);
    expect(paid()).to.deep.equal({ dev: 0n, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
    expect(await funds.journal.owed()).to.deep.equal([{ token: STABLE, role: 'dev', amount: 10n * DOLLAR }]);

    await settleDown(host);
    expect(paid(), 'tried again in the same cycle').to.include({ dev: 0n, admin: 85n * DOLLAR });

    refused.clear();
    another();
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 20n * DOLLAR, broker: 10n * DOLLAR, admin: 170n * DOLLAR });
    expect(await funds.journal.owed()).to.deep.equal([]);
  });

  it('owes a share whose role the address book does not know until it does', async () => {
    const entry = { address: funds.address('dev') };
    await funds.enter('dev', null);
    funds.pay(100n * DOLLAR);
    expect(String(await funds.problem())).to.contain('no usable entry "dev"');
    expect(paid()).to.deep.equal({ dev: 0n, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
    await funds.enter('dev', entry);
    another();
    await settleDown();
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
  });

  it('does not share again what the administrator did not get', async () => {
    const refused = new Set([funds.address('admin')]);
    const host = refusing(funds.host, refused);
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 0n });
    another();
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 20n * DOLLAR, broker: 10n * DOLLAR, admin: 0n });
    expect(funds.balance(funds.hot)).to.equal(170n * DOLLAR);
    refused.clear();
    another();
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 20n * DOLLAR, broker: 10n * DOLLAR, admin: 170n * DOLLAR });
  });

  it('pays debts in order as far as the hot wallet reaches when somebody spent from it, and says so', async () => {
    const refused = new Set([funds.address('dev'), funds.address('broker')]);
    const host = refusing(funds.host, refused);
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    funds.chain.ledger.give(funds.hot, -4n * DOLLAR, STABLE);
    refused.clear();
    another();
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: DOLLAR, admin: 85n * DOLLAR });
    expect(await funds.journal.owed()).to.deep.equal([
      { token: STABLE, role: 'broker', amount: 4n * DOLLAR },
    ]);
    expect(funds.warnings().join()).to.contain('holds less than it owes');
    another();
    funds.pay(104n * DOLLAR);
    await settleDown(host);
    expect(paid()).to.deep.equal({ dev: 20n * DOLLAR, broker: 10n * DOLLAR, admin: 170n * DOLLAR });
  });

  it('goes on with the other tokens when one cannot be read', async () => {
    funds.chain.addPaymentMethod(OTHER, 18, 100n);
    funds.pay(100n * DOLLAR);
    funds.pay(100n * COIN, OTHER);
    const { tokenBalance, ...rest } = funds.chain.funds;
    const blind = {
      ...rest,
      tokenBalance: async (token: string, of: string) =>
        token === STABLE
          ? ({ kind: 'unknown', reason: 'the node does not answer' } as const)
          : tokenBalance(token, of),
    };
    const host = { ...funds.host, chain: { ...funds.chain, funds: blind } };
    expect(hasCode(await funds.problem('fund-cycle', host), 'funds.incomplete')).to.equal(true);
    expect(funds.balance(funds.address('admin'), OTHER)).to.equal(85n * COIN);
    expect(paid()).to.deep.equal({ dev: 0n, broker: 0n, admin: 0n });
    await settleDown();
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
    expect(funds.balance(funds.address('admin'), OTHER)).to.equal(85n * COIN);
  });

  it('pays a role whose address changed before signing at its new address, and only there', async () => {
    const fresh = funds.chain.keys.parse('99'.padStart(64, '0')).address;
    funds.pay(100n * DOLLAR);
    const { sign } = funds.chain.transactions;
    let first = true;
    const transactions = {
      ...funds.chain.transactions,
      sign: async (...words: Parameters<typeof sign>) => {
        const [draft] = words;
        // While the first share is signed, the second and the remainder are planned already.
        if (first && draft.description.startsWith('send') && draft.description.includes(STABLE)) {
          first = false;
          await funds.enter('broker', { address: fresh });
        }
        return sign(...words);
      },
    };
    await funds.run('fund-cycle', { ...funds.host, chain: { ...funds.chain, transactions } });
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 0n, admin: 85n * DOLLAR });
    expect(funds.balance(fresh)).to.equal(5n * DOLLAR);
  });

  it('reads the address book again once it has the wallet to itself', async () => {
    const fresh = funds.chain.keys.parse('99'.padStart(64, '0')).address;
    funds.chain.ledger.give(funds.hot, COIN);
    funds.chain.ledger.give(funds.hot, 100n * DOLLAR, STABLE);
    const drafted = Promise.withResolvers<void>();
    const { sendToken } = funds.chain.funds;
    const noticed: typeof sendToken = (...words) => {
      drafted.resolve();
      return sendToken(...words);
    };
    const chain = { ...funds.chain, funds: { ...funds.chain.funds, sendToken: noticed } };
    const hot = { address: funds.hot };
    const cycle = await withWallet(funds.host, hot, 'a command', async () => {
      const running = funds.run('fund-cycle', { ...funds.host, chain });
      await drafted.promise;
      await funds.enter('dev', { address: fresh });
      return { running };
    });
    await cycle.running;
    expect(funds.balance(fresh)).to.equal(10n * DOLLAR);
    expect(paid()).to.deep.equal({ dev: 0n, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
  });

  it('waits with a token whose withdrawal failed, so that all of it is shared together', async () => {
    funds.chain.ledger.give(funds.hot, 5n * DOLLAR, STABLE);
    funds.pay(100n * DOLLAR);
    funds.chain.faults.failing.add('funds.valueInCents');
    expect(hasCode(await funds.problem(), 'funds.incomplete')).to.equal(true);
    expect(funds.balance(funds.hot)).to.equal(5n * DOLLAR);
    funds.chain.faults.failing.clear();
    await settleDown();
    expect(paid()).to.deep.equal({ dev: 10_500_000n, broker: 5_250_000n, admin: 89_250_000n });
  });

  it('never fills the server’s buffer from what it owes to somebody', async () => {
    const refused = new Set([funds.address('dev')]);
    const host = refusing(funds.host, refused);
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    await funds.set({ server_stablecoin_buffer_usd: 50 });
    funds.chain.ledger.give(funds.hot, 50n * DOLLAR - 1n, STABLE);
    another();
    await funds.problem('fund-cycle', host);
    expect(funds.balance(funds.server)).to.equal(0n);
    expect(funds.balance(funds.hot) >= 10n * DOLLAR).to.equal(true);
  });

  it('pays again what another transaction of the wallet pushed out for good, and not before', async () => {
    await funds.dispose();
    funds = await TestFunds.create({ confirmations: 3 });
    await funds.set({ server_stablecoin_buffer_usd: 0 });
    const { chain } = funds;
    chain.ledger.give(funds.hot, COIN);
    chain.ledger.give(funds.hot, 100n * DOLLAR, STABLE);
    const { broadcast } = chain.transactions;
    const lost = {
      ...chain.transactions,
      // The node loses it, and somebody uses the wallet by hand.
      broadcast: async (...words: Parameters<typeof broadcast>) => {
        const hot = chain.keys.parse('14'.padStart(64, '0'));
        if (words[0].from === hot.address) chain.send(hot, { do: 'carry', to: hot.address, data: '0x' });
        else await broadcast(...words);
      },
    };
    expect(
      await funds.problem('fund-cycle', { ...funds.host, chain: { ...chain, transactions: lost } }),
    ).not.to.equal(null);
    expect(await funds.journal.open(), 'not deep enough').to.have.lengthOf(1);
    expect(await funds.journal.owed()).to.deep.equal([]);
    chain.ledger.mine(3);
    await settleDown();
    expect(await funds.journal.owed()).to.deep.equal([
      { token: STABLE, role: 'admin', amount: 100n * DOLLAR },
    ]);
    another();
    await settleDown();
    expect(paid().admin).to.equal(100n * DOLLAR);
  });

  it('waits for a transfer that is not mined instead of paying again', async () => {
    funds.chain.ledger.give(funds.hot, COIN);
    funds.chain.ledger.give(funds.hot, 100n * DOLLAR, STABLE);
    funds.chain.autoMine = false;
    expect(String(await funds.problem())).to.contain('not confirmed yet');
    funds.chain.ledger.dropPending();
    another();
    expect(String(await funds.problem())).to.contain('not confirmed yet');
    funds.chain.autoMine = true;
    await settleDown();
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
  });

  it('hands in again what a reorganisation took back, and pays nobody twice', async () => {
    funds.chain.ledger.mine(3);
    funds.pay(100n * DOLLAR);
    const height = funds.chain.ledger.head.height;
    await funds.cycle();
    const depth = funds.chain.ledger.head.height - height;
    // Handing in again takes a block of waiting.
    for (const lost of [depth, 2]) {
      funds.chain.ledger.reorganise(lost, 'lost');
      expect(paid().admin).to.equal(0n);
      another();
      await settleDown();
      expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
    }
  });

  it('owes again what a reorganisation took back of a debt that was paid', async () => {
    const refused = new Set([funds.address('dev')]);
    const host = refusing(funds.host, refused);
    funds.pay(100n * DOLLAR);
    await settleDown(host);
    refused.clear();
    another();
    await settleDown(host);
    expect(paid().dev).to.equal(10n * DOLLAR);
    funds.chain.ledger.reorganise(1, 'lost');
    // Somebody else spends the sequence: the debt can never be paid by the old bytes.
    const hot = funds.chain.keys.parse('14'.padStart(64, '0'));
    funds.chain.send(hot, { do: 'carry', to: hot.address, data: '0x' });
    expect(paid().dev).to.equal(0n);
    another();
    expect(String(await funds.problem('fund-cycle', host))).to.contain('another one from the same wallet');
    await settleDown(host);
    expect(await funds.journal.owed()).to.deep.equal([]);
    expect(paid()).to.deep.equal({ dev: 10n * DOLLAR, broker: 5n * DOLLAR, admin: 85n * DOLLAR });
  });

  it('moves nothing by what a node shows that has not seen the last transfer', async () => {
    funds.pay(100n * DOLLAR);
    await funds.cycle();
    const after = paid();
    another();
    funds.chain.faults.lag = 2;
    expect(String(await funds.problem())).to.contain('before the last transfer');
    expect(paid()).to.deep.equal(after);
  });

  it('moves nothing twice whatever call of the chain fails', async () => {
    funds.chain.ledger.give(funds.hot, COIN);
    funds.pay(100n * DOLLAR);
    funds.chain.calls.length = 0;
    await funds.cycle();
    for (const call of new Set(funds.chain.calls)) {
      const before = paid();
      another();
      funds.pay(100n * DOLLAR);
      funds.chain.faults.failing.add(call);
      expect(await funds.problem(), call).not.to.equal(null);
      funds.chain.faults.failing.clear();
      await settleDown();
      another();
      await settleDown();
      expect(paid(), call).to.deep.equal({
        dev: before.dev + 10n * DOLLAR,
        broker: before.broker + 5n * DOLLAR,
        admin: before.admin + 85n * DOLLAR,
      });
    }
  });
});
