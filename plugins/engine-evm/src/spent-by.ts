import type { Hex, SignedTransaction } from '@blockhost/kernel';
import type { PublicClient } from 'viem';
import { known } from './address-codec.js';
import { rpcErrorOf } from './node-failure.js';

/** What nodes say that keep the state of young blocks only. */
const forgotten = /missing trie|state .*(available|pruned)|pruned|proof window|archive|old block/i;

/**
 * Transactions of the block in which the sequence of `transaction` was spent, found by halving the span since it was signed:
 * the proof that it was spent by another one, also on a node that has lost the index of its transactions. null: the node
 * does not know the state of so old blocks any more. `until`: a height at which it is spent.
 */
export async function spentBy(
  node: PublicClient,
  { from, sequence, signedAtHeight }: SignedTransaction,
  until: bigint,
): Promise<readonly Hex[] | null> {
  const address = known(from);
  let free = BigInt(Math.max(0, signedAtHeight - 1));
  let spent = until;
  try {
    while (spent - free > 1n) {
      const blockNumber = (free + spent) / 2n;
      const count = await node.getTransactionCount({ address, blockNumber });
      if (count > Number(sequence)) spent = blockNumber;
      else free = blockNumber;
    }
  } catch (error) {
    if (forgotten.test(rpcErrorOf(error)?.details ?? '')) return null;
    throw error;
  }
  return (await node.getBlock({ blockNumber: spent })).transactions;
}
