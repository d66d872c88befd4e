import { BlockhostError } from '@blockhost/kernel';
import { parseAddress } from './address-codec.js';
import type { EvmChainSection } from './host-settings.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the environment says of the chain, which wins over every file (engine.md 2.1). Empty variables count as absent. */
export function chainEnvironment(env: Environment): Partial<EvmChainSection> {
  const { RPC_URL, NFT_CONTRACT, BLOCKHOST_CONTRACT } = env;
  return {
    ...(RPC_URL ? { rpc_url: httpUrl(RPC_URL), rpc_urls: [] } : {}),
    ...(NFT_CONTRACT ? { nft_contract: contractOf('NFT_CONTRACT', NFT_CONTRACT) } : {}),
    ...(BLOCKHOST_CONTRACT
      ? { subscription_contract: contractOf('BLOCKHOST_CONTRACT', BLOCKHOST_CONTRACT) }
      : {}),
  };
}

/** The address in a value of the configuration; throws `config.invalid` naming the value. */
export function contractOf(name: string, text: string): string {
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
