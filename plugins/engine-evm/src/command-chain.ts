import { BlockhostError, type ChainEngine, type HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import type { Address } from 'viem';
import { parseAddress } from './address-codec.js';
import { evmEngine } from './evm-engine.js';
import { chainFile, type EvmChainSection } from './host-settings.js';
import { askChainId, Nodes } from './nodes.js';

/** The chain as a command finds it configured, which may be before the set-up is through. */
export interface CommandChain {
  readonly chainId: number;
  readonly engine: ChainEngine;
  readonly nodes: Nodes;
  /** Contract of the credentials; null when it is not configured. */
  readonly credentials: Address | null;
}

/**
 * For each value the first that names it: environment, `web3-defaults.yaml`, `blockhost.yaml` (engine.md 2.1). Which chain
 * it is, a node tells when no file does.
 */
export async function commandChain(
  config: HostConfig,
  env: Readonly<Record<string, string | undefined>>,
): Promise<CommandChain> {
  const defaults = (await config.find(chainFile(WEB3_DEFAULTS_YAML)))?.blockchain ?? {};
  const section: Partial<EvmChainSection> = {
    ...(await config.find(chainFile(BLOCKHOST_YAML)))?.blockchain,
    ...defaults,
  };
  const rpcUrls = env.RPC_URL
    ? [httpUrl(env.RPC_URL)]
    : section.rpc_url === undefined
      ? []
      : [section.rpc_url, ...(section.rpc_urls ?? [])];
  if (rpcUrls.length === 0)
    throw new BlockhostError('chain.not-set-up', 'No RPC node is configured.', {
      remedy: 'Set RPC_URL, or blockchain.rpc_url in web3-defaults.yaml.',
    });
  const credentials = env.NFT_CONTRACT
    ? contractOf('NFT_CONTRACT', env.NFT_CONTRACT)
    : section.nft_contract === undefined
      ? null
      : contractOf('blockchain.nft_contract', section.nft_contract);
  const chainId = section.chain_id ?? (await askChainId(rpcUrls));
  const { confirmations } = section;
  return {
    chainId,
    credentials,
    nodes: new Nodes(chainId, rpcUrls),
    engine: evmEngine({
      chainId,
      rpcUrls,
      contracts: null,
      ...(confirmations === undefined ? {} : { confirmations }),
    }),
  };
}

function contractOf(name: string, text: string): Address {
  try {
    return parseAddress(text);
  } catch (cause) {
    throw new BlockhostError('config.invalid', `${name} is not the address of a contract.`, {
      cause,
      remedy: 'Copy it from what blockhost-deploy-contracts printed.',
    });
  }
}

function httpUrl(text: string): string {
  if (/^https?:\/\//.test(text) && URL.canParse(text)) return text;
  // Its text is not quoted: it may hold a password.
  throw new BlockhostError('config.invalid', 'RPC_URL is not an http or https URL.', {
    remedy: 'Set RPC_URL to where a node of the chain answers JSON-RPC.',
  });
}
