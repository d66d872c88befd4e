import type { ConfigFile } from '@blockhost/kernel';
import { WEB3_DEFAULTS_YAML, type Web3DefaultsYaml } from '@blockhost/kernel/host-files';
import { parseAddress } from './address-codec.js';
import type { EvmSettings } from './evm-engine.js';
import type { Market } from './known-chains.js';

/** Section `blockchain` of `web3-defaults.yaml` (host.md 1.4, engine.md 8.4). */
export interface EvmChainSection {
  readonly chain_id: number;
  readonly rpc_url: string;
  /** Further nodes, asked in turn when the first one fails. */
  readonly rpc_urls?: readonly string[];
  /** The node that customers' browsers ask, in place of `rpc_url`. */
  readonly public_rpc_url?: string;
  readonly nft_contract: string;
  readonly subscription_contract: string;
  readonly usdc_address?: string;
  readonly server_public_key: string;
  /** Height of the first of the two deployments: no event is older. */
  readonly deploy_block: number;
  /** In place of the chain's usual ones. */
  readonly confirmations?: number;
  /** In place of the chain's usual market (engine.md 2.2). */
  readonly uniswap_v2?: MarketSection;
}

export interface MarketSection {
  readonly router: string;
  readonly weth: string;
  /** The stablecoin of the pair. */
  readonly usdc: string;
  readonly usdc_weth_pair: string;
}

/** What a host cannot do without, and what it may say besides. */
export type SetUpChain = Omit<EvmChainSection, 'server_public_key'>;

export type EvmWeb3Defaults = Web3DefaultsYaml & { readonly blockchain: EvmChainSection };

const address = { type: 'string', pattern: '^0x[0-9a-fA-F]{40}$' };
const url = { type: 'string', pattern: '^https?://' };

const blockchain = {
  chain_id: { type: 'integer', minimum: 1 },
  rpc_url: url,
  rpc_urls: { type: 'array', items: url },
  public_rpc_url: url,
  nft_contract: address,
  subscription_contract: address,
  usdc_address: address,
  server_public_key: { type: 'string', pattern: '^0x04[0-9a-fA-F]{128}$' },
  deploy_block: { type: 'integer', minimum: 0 },
  confirmations: { type: 'integer', minimum: 1 },
  uniswap_v2: {
    type: 'object',
    required: ['router', 'weth', 'usdc', 'usdc_weth_pair'],
    properties: { router: address, weth: address, usdc: address, usdc_weth_pair: address },
  },
};

/** `web3-defaults.yaml` as this engine reads and writes it. */
export const EVM_WEB3_DEFAULTS: ConfigFile<EvmWeb3Defaults> = {
  name: WEB3_DEFAULTS_YAML.name,
  format: WEB3_DEFAULTS_YAML.format,
  mode: WEB3_DEFAULTS_YAML.mode,
  schema: {
    ...WEB3_DEFAULTS_YAML.schema,
    properties: {
      ...(WEB3_DEFAULTS_YAML.schema as { properties?: object }).properties,
      blockchain: {
        type: 'object',
        required: ['chain_id', 'rpc_url', 'nft_contract', 'subscription_contract', 'deploy_block'],
        properties: blockchain,
      },
    },
  },
};

/** The section as far as it is there: commands also run before the set-up is through. */
export interface PartialChainFile {
  readonly blockchain?: Partial<EvmChainSection>;
}

/** A file that may name the chain. */
export function chainFile({ name, format, mode }: ConfigFile<unknown>): ConfigFile<PartialChainFile> {
  return {
    name,
    format,
    mode,
    schema: {
      type: 'object',
      properties: { blockchain: { type: 'object', properties: blockchain } },
    },
  };
}

/** Settings of a host that is set up. */
export function settingsOf(blockchain: SetUpChain): EvmSettings {
  return {
    chainId: blockchain.chain_id,
    rpcUrls: [blockchain.rpc_url, ...(blockchain.rpc_urls ?? [])],
    contracts: {
      credentials: parseAddress(blockchain.nft_contract),
      subscriptions: parseAddress(blockchain.subscription_contract),
      deployHeight: blockchain.deploy_block,
    },
    ...(blockchain.confirmations === undefined ? {} : { confirmations: blockchain.confirmations }),
    ...(blockchain.uniswap_v2 === undefined ? {} : { market: marketOf(blockchain.uniswap_v2) }),
  };
}

function marketOf({ router, weth, usdc, usdc_weth_pair }: MarketSection): Market {
  return {
    router: parseAddress(router),
    weth: parseAddress(weth),
    stablecoin: parseAddress(usdc),
    pair: parseAddress(usdc_weth_pair),
  };
}
