import { BlockhostError, type SignupFacts, type SignupPage, sentenceOf } from '@blockhost/kernel';
import { parseAddress } from './address-codec.js';
import type { EvmChainSection } from './host-settings.js';

/** What a signup page must know of an EVM chain (engine.md 7.2). */
export default class EvmSignupPage implements SignupPage {
  async facts({ blockhost, web3Defaults }: Parameters<SignupPage['facts']>[0]): Promise<SignupFacts> {
    const section = { ...sectionOf(blockhost.blockchain), ...sectionOf(web3Defaults.blockchain) };
    const problems: string[] = [];
    const rpcUrl = pageUrl(section, problems);
    const chainId = section.chain_id;
    if (!Number.isSafeInteger(chainId) || Number(chainId) < 1)
      problems.push('blockchain.chain_id is missing or no positive integer');
    const contract = (key: 'nft_contract' | 'subscription_contract' | 'usdc_address') => {
      const text = section[key];
      if (text === undefined && key === 'usdc_address') return null;
      try {
        return parseAddress(String(text ?? ''));
      } catch (error) {
        problems.push(
          `blockchain.${key} is ${text === undefined ? 'missing' : `malformed: ${sentenceOf(error)}`}`,
        );
        return null;
      }
    };
    const nftContract = contract('nft_contract');
    const subscriptionContract = contract('subscription_contract');
    const usdcAddress = contract('usdc_address');
    if (problems.length > 0 || !nftContract || !subscriptionContract || chainId === undefined || !rpcUrl)
      throw new BlockhostError(
        'signup.invalid',
        `The chain is not configured for a signup page: ${problems.join('; ')}.`,
        { remedy: 'Correct web3-defaults.yaml, or run "blockhost setup" first.' },
      );
    return {
      placeholders: {
        RPC_URL: rpcUrl.href,
        NFT_CONTRACT: nftContract,
        SUBSCRIPTION_CONTRACT: subscriptionContract,
        CHAIN_ID: chainId,
        USDC_ADDRESS: usdcAddress,
      },
      config: {
        rpcUrl: rpcUrl.href,
        nftContract,
        subscriptionContract,
        chainId,
        ...(usdcAddress === null ? {} : { usdcAddress }),
      },
      connect: [rpcUrl.origin],
    };
  }
}

function sectionOf(value: unknown): Partial<EvmChainSection> {
  return typeof value === 'object' && value !== null ? value : {};
}

/** The node customers' browsers ask: `public_rpc_url` keeps the host's own, and the key in it, off the page. */
function pageUrl(section: Partial<EvmChainSection>, problems: string[]): URL | null {
  const key = section.public_rpc_url === undefined ? 'rpc_url' : 'public_rpc_url';
  const url = URL.parse(String(section[key] ?? ''));
  if (url === null || !/^https?:$/.test(url.protocol)) {
    problems.push(`blockchain.${key} is ${section[key] === undefined ? 'missing' : 'no http(s) URL'}`);
    return null;
  }
  if (url.username || url.password) {
    problems.push(
      `blockchain.${key} holds a user or password, which everybody would read on the page: set blockchain.public_rpc_url`,
    );
    return null;
  }
  return url;
}
