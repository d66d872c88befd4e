import { expect } from 'chai';
import { fundSettings } from './fund-settings.js';

const PRICED = { native: { symbol: 'C', decimals: 18, words: ['coin', 'native'] } };
const UNPRICED = { native: { symbol: 'C', decimals: 8, words: ['coin'] }, baseUnit: 'grains' };

describe('the settings of the fund manager', () => {
  it('are the defaults of the specification when nothing is set', () => {
    expect(fundSettings({}, {}, PRICED)).to.deep.equal({
      cycleIntervalMs: 86_400_000,
      gasCheckIntervalMs: 1_800_000,
      unit: 'cents',
      minimumWithdrawal: 5_000n,
      lowGas: 500n,
      swapAmount: 2_000n,
      serverBuffer: 5_000n,
      hotGas: 10n ** 16n,
      slippageBps: 100n,
      problems: [],
    });
  });

  it('count base units on a chain that names them', () => {
    const settings = fundSettings({ min_withdrawal_grains: 7, hot_wallet_gas_grains: '9' }, {}, UNPRICED);
    expect(settings).to.include({
      unit: 'base-units',
      minimumWithdrawal: 7n,
      hotGas: 9n,
      lowGas: 10_000n,
      swapAmount: 50_000n,
      serverBuffer: 5_000_000n,
    });
  });

  it('are read exactly, from numbers and from text', () => {
    const settings = fundSettings(
      {
        min_withdrawal_usd: 0.29,
        gas_low_threshold_usd: '184467440737095516.17',
        hot_wallet_gas_native: '1000000000.000000000000000001',
        fund_cycle_interval_hours: '0.5',
      },
      { slippage_bps: 50 },
      PRICED,
    );
    expect(settings).to.include({
      minimumWithdrawal: 29n,
      lowGas: 18_446_744_073_709_551_617n,
      hotGas: 10n ** 27n + 1n,
      cycleIntervalMs: 1_800_000,
      slippageBps: 50n,
    });
    expect(settings.problems).to.deep.equal([]);
  });

  it('name the key and use its default when a value is wrong, and only that', () => {
    for (const value of [-1, Number.NaN, 'much', '1e3', null, 0.001, 2 ** 64]) {
      const settings = fundSettings({ min_withdrawal_usd: value, gas_low_threshold_usd: 7 }, {}, PRICED);
      expect(settings).to.include({ minimumWithdrawal: 5_000n, lowGas: 700n });
      expect(settings.problems, String(value)).to.have.lengthOf(1);
      expect(settings.problems[0]).to.contain('fund_manager.min_withdrawal_usd').and.contain('50 is used');
    }
  });

  it('raise an interval of zero to a minute', () => {
    const settings = fundSettings(
      { fund_cycle_interval_hours: 0, gas_check_interval_minutes: '0.0' },
      {},
      PRICED,
    );
    expect(settings).to.include({ cycleIntervalMs: 60_000, gasCheckIntervalMs: 60_000 });
    expect(settings.problems).to.deep.equal([]);
  });

  it('never let a swap bring nothing', () => {
    const settings = fundSettings({}, { slippage_bps: 10_000 }, PRICED);
    expect(settings.slippageBps).to.equal(100n);
    expect(settings.problems.join()).to.contain('dex.slippage_bps');
  });
});
