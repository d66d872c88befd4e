import type { accessCredentialNftAbi } from '@blockhost/contracts-evm';
import type { Address } from '@blockhost/kernel';
import type { PublicClient } from 'viem';
import { type Contract, refuses } from './contract-read.js';
import type { Nodes } from './nodes.js';

/**
 * As many fit into one call: it counts as the creation of a contract, whose code, here the calls, is bounded to 49,152 bytes
 * (EIP-3860) and whose result, here the answers, to 24,576 (EIP-170); a call takes 224 of them, an answer up to 192.
 */
const AT_ONCE = 100;

/**
 * Owners of tokens in the order of `tokenIds`, all as of one block of a node that is not behind; null for a token that
 * does not exist. The calls travel in one `eth_call` that carries the code of the multicall along, so that no chain needs
 * to have such a contract.
 */
export async function ownersOf(
  nodes: Nodes,
  node: PublicClient,
  contract: Contract<typeof accessCredentialNftAbi>,
  tokenIds: readonly bigint[],
): Promise<readonly (Address | null)[]> {
  const blockNumber = BigInt(await nodes.provenHead(node));
  const owners: (Address | null)[] = [];
  for (let from = 0; from < tokenIds.length; from += AT_ONCE) {
    const answers = await node.multicall({
      contracts: tokenIds
        .slice(from, from + AT_ONCE)
        .map((tokenId) => ({ ...contract, functionName: 'ownerOf', args: [tokenId] }) as const),
      blockNumber,
      batchSize: 0,
      deployless: true,
    });
    for (const answer of answers) {
      if (answer.status === 'success') owners.push(answer.result);
      // Only the contract itself can say that there is no such token.
      else if (refuses(answer.error, 'ERC721NonexistentToken')) owners.push(null);
      else throw answer.error;
    }
  }
  return owners;
}
