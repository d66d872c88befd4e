import type { Address } from 'viem';
import { readArtifact } from './artifact.js';
import type { Deployment } from './scenario.js';
import type { Deployed, TestChain } from './test-chain.js';

/** Deploys what the vectors describe by a label, such as `ERC-20, 6 decimals`. */
export async function deployMock(
  chain: TestChain,
  { deploy: label, args = [], reserves }: Deployment,
  from: Address,
  resolve: (value: unknown) => unknown,
): Promise<Deployed> {
  if (reserves !== undefined) {
    const tokens = Object.keys(reserves).map(resolve);
    const pair = await chain.deploy(readArtifact('testing/TestPair'), from, tokens);
    await chain.send({ from, to: pair, name: 'setReserves', args: Object.values(reserves).map(BigInt) });
    return pair;
  }
  return chain.deploy(readArtifact(`testing/${artifactOf(label)}`), from, args.map(resolve));
}

function artifactOf(label: string): string {
  if (label.startsWith('ERC-20,') || label === 'MTok') return 'TestToken';
  if (label.startsWith('ERC-721 receiver')) return 'TestReceiver';
  if (label === 'contract without onERC721Received' || label === 'any address') return 'TestBystander';
  if (label === 'ERC-721 without owner()') return 'TestNftWithoutOwner';
  const nfts = [/^ERC-721 whose owner\(\) is /, /^ERC-165 says no$/, /^supportsInterface reverts$/];
  if (nfts.some((pattern) => pattern.test(label))) return 'TestNft';
  throw new Error(`no mock for the label "${label}"`);
}
