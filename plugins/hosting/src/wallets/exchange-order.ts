import type { Address, Block, ConfigFile, HostConfig, Swap } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';

/** How long an exchange may take to be mined, in seconds (engine.md 2.3). */
const DEADLINE_S = 300;
const WHOLE_BPS = 10_000n;
const USUAL_SLIPPAGE_BPS = 100;

interface DexSection {
  readonly dex?: { readonly slippage_bps?: number };
}

/** `blockhost.yaml`, seen with the section that belongs to exchanges. */
const DEX_SECTION: ConfigFile<DexSection> = {
  name: BLOCKHOST_YAML.name,
  format: BLOCKHOST_YAML.format,
  mode: BLOCKHOST_YAML.mode,
  schema: {
    type: 'object',
    properties: {
      dex: {
        type: 'object',
        properties: { slippage_bps: { type: 'integer', minimum: 0, maximum: 5_000 } },
      },
    },
  },
};

export interface ExchangeTerms {
  readonly token: Address;
  readonly amount: bigint;
  /** What the market offers at this moment, in native coin. */
  readonly quote: bigint;
  readonly to: Address;
  /** The chain's own clock may be ahead of this host's. */
  readonly head: Block;
  readonly now: number;
}

/** An exchange that brings at least the quote less the slippage of `dex.slippage_bps`, within five minutes. */
export async function exchangeOrder(
  config: HostConfig,
  { token, amount, quote, to, head, now }: ExchangeTerms,
): Promise<Parameters<Swap['exchange']>[0]> {
  const section = (await config.find(DEX_SECTION))?.dex;
  const slippage = BigInt(section?.slippage_bps ?? USUAL_SLIPPAGE_BPS);
  return {
    token,
    amount,
    to,
    minimumOut: (quote * (WHOLE_BPS - slippage)) / WHOLE_BPS,
    deadline: Math.max(Math.floor(now / 1_000), head.timestamp) + DEADLINE_S,
  };
}
