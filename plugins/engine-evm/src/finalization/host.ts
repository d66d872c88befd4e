import type { ChainEngine, HostContracts, SigningKey, StepContext } from '@blockhost/kernel';
import { DEPLOYER_KEY } from '@blockhost/kernel/host-files';
import { evmEngine } from '../evm-engine.js';
import { EVM_WEB3_DEFAULTS, settingsOf } from '../host-settings.js';
import { parseKey } from '../signing-key.js';
import type { EvmAnswers } from './answers.js';

/** The chain as the answers name it, before the host's configuration does. */
export function answeredEngine(answers: EvmAnswers, contracts: HostContracts | null = null): ChainEngine {
  const { chain_id: chainId, rpc_url, rpc_urls = [] } = answers;
  return evmEngine({ chainId, rpcUrls: [rpc_url, ...rpc_urls], contracts });
}

/** The chain as `chain_config` wrote it. */
export async function configuredEngine({ config }: StepContext): Promise<ChainEngine> {
  return evmEngine(settingsOf((await config.read(EVM_WEB3_DEFAULTS)).blockchain));
}

/** The wallet that pays and owns the contracts. */
export async function deployer({ config }: StepContext): Promise<SigningKey> {
  return parseKey(await config.read(DEPLOYER_KEY));
}
