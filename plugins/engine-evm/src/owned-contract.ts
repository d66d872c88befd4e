import { BlockhostError, type SigningKey } from '@blockhost/kernel';
import { type Address, parseAbi } from 'viem';
import type { Nodes } from './nodes.js';

/** Common to all contracts of this system (ERC-173). */
const ownable = parseAbi(['function owner() view returns (address)']);

/** Makes sure that a contract lives at `address`, answers, and belongs to `key`. */
export async function requireOwnContract(
  nodes: Nodes,
  address: Address,
  key: SigningKey,
  signal?: AbortSignal,
): Promise<void> {
  const owner = await nodes.find(async (node) => {
    if ((await node.getCode({ address })) === undefined) return null;
    return node.readContract({ abi: ownable, address, functionName: 'owner' });
  }, signal);
  if (owner === null)
    throw new BlockhostError('setup.no-contract', `There is no contract at ${address} on this chain.`, {
      remedy: 'Check the address and the chain.',
    });
  if (owner !== key.address)
    throw new BlockhostError('setup.foreign-contract', `The contract ${address} belongs to ${owner}.`, {
      remedy: `Use the key of ${owner} as the deployer's, or have the contract transferred to ${key.address}.`,
    });
}
