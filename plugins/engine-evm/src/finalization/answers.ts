import { BlockhostError, type StepContext } from '@blockhost/kernel';
import type { Address } from 'viem';
import { parseAddress } from '../address-codec.js';
import type { MarketSection } from '../host-settings.js';
import { knownChain } from '../known-chains.js';

/** This engine's section of the answers, as `answers.schema.json` describes it, with its defaults. */
export interface EvmAnswers {
  readonly chain_id: number;
  readonly rpc_url: string;
  readonly rpc_urls?: readonly string[];
  readonly stablecoin?: string;
  readonly uniswap_v2?: MarketSection;
  readonly wallet_mode: 'generate' | 'import';
  readonly contract_mode: 'deploy' | 'existing';
  readonly nft_contract?: string;
  readonly subscription_contract?: string;
  readonly deploy_block?: number;
  readonly admin_credential_id?: number;
  readonly plan_name: string;
  readonly plan_price_cents: number;
  readonly revenue_share_enabled: boolean;
  readonly revenue_share_percent: number;
  readonly revenue_share_dev: boolean;
  readonly revenue_share_broker: boolean;
}

/** The installer has checked them against the schema. */
export function answersOf(context: StepContext): EvmAnswers {
  return context.answers as unknown as EvmAnswers;
}

/** The administrator's wallet and the text that wallets sign. */
export function administrator({ sections }: StepContext): { wallet: Address; publicSecret: string } {
  const { wallet_address: wallet, public_secret: publicSecret } = sections.admin ?? {};
  if (typeof wallet !== 'string' || typeof publicSecret !== 'string')
    throw new BlockhostError('setup.no-administrator', 'The answers name no administrator.', {
      remedy: 'Give admin.wallet_address and admin.public_secret.',
    });
  return { wallet: parseAddress(wallet), publicSecret };
}

export function stablecoinOf({ stablecoin, chain_id }: EvmAnswers): Address {
  const address = stablecoin ?? knownChain(chain_id).stablecoin;
  if (address === null)
    throw new BlockhostError('setup.no-stablecoin', `No stablecoin is known for chain ${chain_id}.`, {
      remedy: 'Give blockchain.stablecoin: the contract of the token that customers pay with.',
    });
  return parseAddress(address);
}
