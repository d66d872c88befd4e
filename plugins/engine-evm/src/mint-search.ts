import { accessCredentialNftAbi } from '@blockhost/contracts-evm';
import type { Address, HostContracts, Mint } from '@blockhost/kernel';
import { getAbiItem, type PublicClient } from 'viem';
import { addressCodec, known } from './address-codec.js';
import { isRangeTooLarge } from './node-failure.js';
import type { Nodes } from './nodes.js';

const SPAN = 2_000;
const event = getAbiItem({ abi: accessCredentialNftAbi, name: 'CredentialMinted' });

/**
 * Mints to `to` from `fromHeight` up to the head of a node that is not behind, oldest first. An empty list is the proof
 * on which a caller mints anew, so a span that cannot be read fails the whole search.
 */
export async function findMints(
  nodes: Nodes,
  node: PublicClient,
  { credentials, deployHeight }: Pick<HostContracts, 'credentials' | 'deployHeight'>,
  to: Address,
  fromHeight: number,
): Promise<readonly Mint[]> {
  const head = await nodes.provenHead(node);
  const mints: Mint[] = [];
  let span = SPAN;
  let from = Math.max(fromHeight, deployHeight);
  while (from <= head) {
    const last = Math.min(from + span - 1, head);
    try {
      const logs = await node.getLogs({
        address: known(credentials),
        event,
        args: { recipient: known(to) },
        strict: true,
        fromBlock: BigInt(from),
        toBlock: BigInt(last),
      });
      for (const { address, args, blockNumber, transactionHash } of logs) {
        if (!addressCodec.same(address, credentials) || !addressCodec.same(args.recipient, to))
          throw new Error('it answers logs that it was not asked for');
        mints.push({
          tokenId: args.tokenId,
          to: args.recipient,
          height: Number(blockNumber),
          transactionHash,
        });
      }
      from = last + 1;
    } catch (error) {
      if (span === 1 || !isRangeTooLarge(error)) throw error;
      span = Math.ceil(span / 2);
    }
  }
  return mints;
}
