import type { HostConfig } from '@blockhost/kernel';
import { BLOCKHOST_YAML, WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { chainEnvironment, type Environment } from './chain-environment.js';
import type { EvmSettings } from './evm-engine.js';
import {
  chainFile,
  EVM_WEB3_DEFAULTS,
  type EvmChainSection,
  type SetUpChain,
  settingsOf,
} from './host-settings.js';
import { askChainId } from './nodes.js';

type Section = Partial<EvmChainSection>;

/**
 * The chain of this host, each value from the first that names it: environment, `web3-defaults.yaml`, `blockhost.yaml`
 * (engine.md 2.1). null: no node or no contract is named anywhere. Throws `config.invalid`.
 */
export async function findSettings(config: HostConfig, env: Environment): Promise<EvmSettings | null> {
  const given = chainEnvironment(env);
  const defaults = (await config.find(chainFile(WEB3_DEFAULTS_YAML)))?.blockchain;
  const near: Section = { ...defaults, ...given };
  const section = isComplete(near) ? near : { ...(await fallback(config)), ...near };
  if (isComplete(section)) return settingsOf(section);
  // Says what the file lacks.
  if (defaults !== undefined) return settingsOf((await config.read(EVM_WEB3_DEFAULTS)).blockchain);
  const { rpc_url, nft_contract, subscription_contract } = section;
  if (rpc_url === undefined || nft_contract === undefined || subscription_contract === undefined) return null;
  const chain_id = section.chain_id ?? (await askChainId([rpc_url]));
  const contracts = { nft_contract, subscription_contract };
  return settingsOf({ ...section, ...contracts, rpc_url, chain_id, deploy_block: section.deploy_block ?? 0 });
}

async function fallback(config: HostConfig): Promise<Section> {
  const file = await config.find(chainFile(BLOCKHOST_YAML));
  const contract = (await config.find(BLOCKHOST_YAML))?.contract_address;
  return { ...(contract === undefined ? {} : { subscription_contract: contract }), ...file?.blockchain };
}

function isComplete(section: Section): section is Section & SetUpChain {
  const { chain_id, rpc_url, nft_contract, subscription_contract, deploy_block } = section;
  return [chain_id, rpc_url, nft_contract, subscription_contract, deploy_block].every(
    (value) => value !== undefined,
  );
}
