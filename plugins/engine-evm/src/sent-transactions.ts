import { BlockhostError } from '@blockhost/kernel';
import type { Address, Hash, Hex, PublicClient } from 'viem';
import { rpcErrorOf } from './node-failure.js';

/** A transaction in its block. */
export interface SentTransaction {
  readonly hash: Hash;
  readonly to: Address | null;
  readonly data: Hex;
  readonly height: number;
  readonly blockHash: Hash;
  /** Of the block, epoch seconds. */
  readonly minedAt: number;
}

/** So few blocks are read without asking first which of them matter. */
const FEW = 4;
/** Whole blocks that are read for one question. */
const MOST_BLOCKS = 100;

/**
 * Transactions that `wallet` sent in blocks `from`…`to`, in their order.
 *
 * Whole blocks are large, and hardly any has something of this wallet. Its nonce before and after a span tells whether it
 * sent anything there, so spans are halved until few blocks are left. A node that has forgotten the old state makes us read
 * all of them: throws `chain.range-too-large` for more than a hundred.
 */
export async function sentBy(
  node: PublicClient,
  wallet: Address,
  from: number,
  to: number,
): Promise<readonly SentTransaction[]> {
  const nonceAfter = (height: number) =>
    height < 0 ? 0 : node.getTransactionCount({ address: wallet, blockNumber: BigInt(height) });

  async function search(
    first: number,
    last: number,
    before: number,
    after: number,
  ): Promise<readonly SentTransaction[]> {
    if (before === after) return [];
    if (last - first < FEW) return readBlocks(node, wallet, first, last);
    const middle = Math.floor((first + last) / 2);
    const between = await nonceAfter(middle);
    return [
      ...(await search(first, middle, before, between)),
      ...(await search(middle + 1, last, between, after)),
    ];
  }

  if (to - from < FEW) return readBlocks(node, wallet, from, to);
  try {
    return await search(from, to, await nonceAfter(from - 1), await nonceAfter(to));
  } catch (error) {
    if (rpcErrorOf(error) === null) throw error;
    if (to - from < MOST_BLOCKS) return readBlocks(node, wallet, from, to);
    throw new BlockhostError(
      'chain.range-too-large',
      `The node keeps no state of blocks ${from} to ${to}, and so many blocks are not read at once.`,
      { remedy: 'Ask for fewer blocks.', cause: error },
    );
  }
}

async function readBlocks(
  node: PublicClient,
  wallet: Address,
  from: number,
  to: number,
): Promise<readonly SentTransaction[]> {
  const sent: SentTransaction[] = [];
  for (let height = from; height <= to; height += 1) {
    const block = await node.getBlock({ blockNumber: BigInt(height), includeTransactions: true });
    if (Number(block.number) !== height) throw new Error(`it answers another block than ${height}`);
    for (const transaction of block.transactions)
      if (transaction.from.toLowerCase() === wallet.toLowerCase())
        sent.push({
          hash: transaction.hash,
          to: transaction.to,
          data: transaction.input,
          height,
          blockHash: block.hash,
          minedAt: Number(block.timestamp),
        });
  }
  return sent;
}
