import { hasCode } from '@blockhost/kernel';
import { expect } from 'chai';
import { Life, mortal } from './test-faults.js';
import { COIN, DOLLAR, STABLE, TestFunds } from './test-funds.js';

const HOUR = 3_600_000;
const MARKET = { centsPerCoin: 200_000n, liquidityCents: 1_000_000n };
/** $5 at that price. */
const LOW = COIN / 400n;
/** $20 at that price. */
const BOUGHT = COIN / 100n;

describe('a gas check', function () {
  this.timeout(60_000);
  let funds: TestFunds;
  beforeEach(async () => {
    funds = await TestFunds.create();
    const { ledger } = funds.chain;
    funds.chain.setMarket(MARKET);
    ledger.give(funds.hot, COIN);
    ledger.impoverish(funds.server);
    ledger.give(funds.server, 100n * DOLLAR, STABLE);
  });
  afterEach(() => funds.dispose());

  const poor = (coin = LOW - 1n) => funds.chain.ledger.give(funds.server, coin);
  const coin = () => funds.balance(funds.server, null);
  const stable = () => funds.balance(funds.server);

  it('sells $20 of stablecoin when the server’s coin is worth a cent less than $5, allowing exactly that', async () => {
    poor();
    await funds.run('gas-check');
    expect(stable()).to.equal(80n * DOLLAR);
    expect(coin()).to.equal(LOW - 1n + BOUGHT);
    expect(funds.chain.ledger.contracts.money.allowance(STABLE, funds.server)).to.equal(0n);
  });

  it('sells nothing at $5', async () => {
    poor(LOW);
    await funds.run('gas-check');
    expect(coin()).to.equal(LOW);
  });

  it('takes back first what a token allows the market from before, and then sells', async () => {
    poor();
    funds.chain.ledger.change((money) => money.approve(STABLE, funds.server, 1n));
    await funds.run('gas-check');
    expect(stable()).to.equal(80n * DOLLAR);
    expect(funds.chain.ledger.contracts.money.allowance(STABLE, funds.server)).to.equal(0n);
  });

  it('sells at most once in six hours', async () => {
    poor();
    await funds.run('gas-check');
    const spend = () => {
      funds.chain.ledger.impoverish(funds.server);
      poor();
    };
    spend();
    funds.files.clock.advance(6 * HOUR - 1);
    await funds.run('gas-check');
    expect(stable()).to.equal(80n * DOLLAR);
    funds.files.clock.advance(1);
    await funds.run('gas-check');
    expect(stable()).to.equal(60n * DOLLAR);
  });

  it('stops silently without a market, and warns when little stands behind its price', async () => {
    poor();
    funds.chain.setMarket(null);
    await funds.run('gas-check');
    expect(funds.warnings()).to.deep.equal([]);
    funds.chain.setMarket({ ...MARKET, liquidityCents: MARKET.liquidityCents - 1n });
    await funds.run('gas-check');
    expect(funds.warnings().join()).to.contain('too small');
    expect(stable()).to.equal(100n * DOLLAR);
  });

  it('warns instead of selling more stablecoin than the server has', async () => {
    poor();
    funds.chain.ledger.give(funds.server, -80n * DOLLAR - 1n, STABLE);
    await funds.run('gas-check');
    expect(stable()).to.equal(20n * DOLLAR - 1n);
    expect(funds.warnings().join()).to.contain('too little stablecoin');
  });

  it('fills the hot wallet up, and does without one', async () => {
    funds.chain.ledger.give(funds.server, COIN);
    funds.chain.ledger.impoverish(funds.hot);
    await funds.run('gas-check');
    expect(funds.balance(funds.hot, null)).to.equal(COIN / 100n);
    await funds.enter('hot', null);
    await funds.run('gas-check');
  });

  for (const call of ['swap.valueOfNative', 'swap.quote', 'swap.approval', 'funds.tokenBalance'])
    it(`sells nothing while ${call} has no answer, and records the check`, async () => {
      poor();
      funds.chain.faults.failing.add(call);
      expect(hasCode(await funds.problem('gas-check'), 'funds.incomplete')).to.equal(true);
      expect(stable()).to.equal(100n * DOLLAR);
      const { lastAt, failures, nextAttemptAt } = await funds.journal.attempts('gas-check');
      expect([lastAt, failures]).to.deep.equal([funds.files.clock.now(), 1]);
      expect(nextAttemptAt - lastAt).to.equal(300_000);
    });

  it('sells nothing when the price falls by more than the slippage before the exchange', async () => {
    poor();
    const { swap } = funds.chain;
    const quote = async (...words: Parameters<typeof swap.quote>) => {
      const answer = await swap.quote(...words);
      funds.chain.setMarket({ centsPerCoin: 210_000n, liquidityCents: 1_000_000n });
      return answer;
    };
    const host = { ...funds.host, chain: { ...funds.chain, swap: { ...swap, quote } } };
    expect(String(await funds.problem('gas-check', host))).to.contain('INSUFFICIENT_OUTPUT_AMOUNT');
    expect(stable()).to.equal(100n * DOLLAR);
  });

  it('sells exactly once wherever the process is killed', async () => {
    const whole = new Life();
    poor();
    await funds.run('gas-check', mortal(funds.host, whole));
    for (let length = 0; length < whole.acts; length += 1) {
      funds.chain.ledger.impoverish(funds.server);
      poor();
      funds.chain.ledger.give(funds.server, 20n * DOLLAR, STABLE);
      funds.files.clock.advance(7 * HOUR);
      const before = stable();
      expect(await funds.problem('gas-check', mortal(funds.host, new Life(length)))).not.to.equal(null);
      for (let tries = 0; tries < 3; tries += 1) {
        funds.files.clock.advance(HOUR);
        await funds.problem('gas-check');
      }
      expect(stable(), `killed after ${length} acts`).to.equal(before - 20n * DOLLAR);
      expect(coin(), `killed after ${length} acts`).to.equal(LOW - 1n + BOUGHT);
    }
  });

  it('only warns on a chain whose coin nobody prices', async () => {
    const chain = { ...funds.chain, chain: { ...funds.chain.chain, baseUnit: 'grains' } };
    poor(9_999n);
    await funds.set({ hot_wallet_gas_grains: 0 });
    await funds.run('gas-check', { ...funds.host, chain });
    expect(funds.warnings().join()).to.contain('runs out of coin');
    expect(stable()).to.equal(100n * DOLLAR);
  });
});
