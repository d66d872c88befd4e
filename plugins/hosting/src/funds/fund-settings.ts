import type { ChainFacts, HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { baseUnits, decimalText } from './decimal.js';

/** What the operator decides about money (engine.md 5.1), in whole units. */
export interface FundSettings {
  readonly cycleIntervalMs: number;
  readonly gasCheckIntervalMs: number;
  /** What the four thresholds below count: US cents, or base units of the payment token and of the coin. */
  readonly unit: 'cents' | 'base-units';
  /** What lies in the contract and is worth less stays there. */
  readonly minimumWithdrawal: bigint;
  /** Below that the server's coin runs short. */
  readonly lowGas: bigint;
  /** How much stablecoin is turned into coin then. */
  readonly swapAmount: bigint;
  /** What the server keeps of the stablecoin. */
  readonly serverBuffer: bigint;
  /** What the hot wallet has to have of the coin, in base units. */
  readonly hotGas: bigint;
  /** What a swap may bring less than quoted, in basis points. */
  readonly slippageBps: bigint;
  /** One sentence for each setting that is wrong; its default holds. */
  readonly problems: readonly string[];
}

const MINUTE = 60_000;
const HOUR = 3_600_000;
/** Fraction digits of an interval. */
const FINEST_INTERVAL = 6;

const IN_DOLLARS = { withdrawal: '50', lowGas: '5', swap: '20', buffer: '50', hotGas: '0.01' };
const IN_BASE_UNITS = {
  withdrawal: '50000',
  lowGas: '10000',
  swap: '50000',
  buffer: '5000000',
  hotGas: '100000',
};

type Section = Readonly<Record<string, unknown>>;
type ChainUnits = Pick<ChainFacts, 'native' | 'baseUnit'>;

/** Reads blockhost.yaml anew. A value that is wrong is told and replaced by its default; a file that is wrong throws. */
export async function readFundSettings(config: HostConfig, chain: ChainUnits): Promise<FundSettings> {
  const yaml = (await config.find(BLOCKHOST_YAML)) ?? {};
  return fundSettings(yaml.fund_manager ?? {}, isSection(yaml.dex) ? yaml.dex : {}, chain);
}

export function fundSettings(section: Section, dex: Section, { native, baseUnit }: ChainUnits): FundSettings {
  const problems: string[] = [];
  const amount = (keys: readonly string[], fallback: string, places: number, from = section): bigint => {
    const key = keys.find((each) => Object.hasOwn(from, each));
    if (key !== undefined) {
      const text = decimalText(from[key]);
      const units = text === null ? null : baseUnits(text, places);
      if (units !== null) return units;
      problems.push(wrong(key, from === dex ? 'dex' : 'fund_manager', places, fallback));
    }
    return baseUnits(fallback, places) ?? 0n;
  };
  const interval = (key: string, fallback: string, unitMs: number): number => {
    const parts = amount([key], fallback, FINEST_INTERVAL);
    return Math.max(MINUTE, Number((parts * BigInt(unitMs)) / 10n ** BigInt(FINEST_INTERVAL)));
  };
  const priced = baseUnit === undefined;
  const [defaults, places] = priced ? [IN_DOLLARS, 2] : [IN_BASE_UNITS, 0];
  const threshold = (name: string, fallback: string) =>
    amount([`${name}_${baseUnit ?? 'usd'}`], fallback, places);
  const hotGasKeys = (priced ? native.words : [baseUnit]).map((word) => `hot_wallet_gas_${word}`);
  return {
    cycleIntervalMs: interval('fund_cycle_interval_hours', '24', HOUR),
    gasCheckIntervalMs: interval('gas_check_interval_minutes', '30', MINUTE),
    unit: priced ? 'cents' : 'base-units',
    minimumWithdrawal: threshold('min_withdrawal', defaults.withdrawal),
    lowGas: threshold('gas_low_threshold', defaults.lowGas),
    swapAmount: threshold('gas_swap_amount', defaults.swap),
    serverBuffer: threshold('server_stablecoin_buffer', defaults.buffer),
    hotGas: amount(hotGasKeys, defaults.hotGas, priced ? native.decimals : 0),
    slippageBps: slippage(amount(['slippage_bps'], '100', 0, dex), problems),
    problems,
  };
}

/** The whole may not slip: then any output would do. */
function slippage(bps: bigint, problems: string[]): bigint {
  if (bps < 10_000n) return bps;
  problems.push('blockhost.yaml: dex.slippage_bps is 10000 or more; 100 is used.');
  return 100n;
}

function wrong(key: string, section: string, places: number, fallback: string): string {
  const digits = places === 0 ? 'a whole number' : `a decimal with at most ${places} fraction digits`;
  return `blockhost.yaml: ${section}.${key} is not ${digits}, zero or more (a long one in quotes); ${fallback} is used.`;
}

const isSection = (value: unknown): value is Section => typeof value === 'object' && value !== null;
