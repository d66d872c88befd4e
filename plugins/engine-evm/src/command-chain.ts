import { BlockhostError, type ChainEngine, type HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import type { Address } from 'viem';
import { known } from './address-codec.js';
import { chainEnvironment, contractOf, type Environment } from './chain-environment.js';
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
export async function commandChain(config: HostConfig, env: Environment): Promise<CommandChain> {
  const section: Partial<EvmChainSection> = {
    ...(await config.find(chainFile(BLOCKHOST_YAML)))?.blockchain,
    ...(await config.find(chainFile(WEB3_DEFAULTS_YAML)))?.blockchain,
    ...chainEnvironment(env),
  };
  if (section.rpc_url === undefined)
    throw new BlockhostError('chain.not-set-up', 'No RPC node is configured.', {
      remedy: 'Set RPC_URL, or blockchain.rpc_url in web3-defaults.yaml.',
    });
  const rpcUrls = [section.rpc_url, ...(section.rpc_urls ?? [])];
  const credentials =
    section.nft_contract === undefined
      ? null
      : known(contractOf('blockchain.nft_contract', section.nft_contract));
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
