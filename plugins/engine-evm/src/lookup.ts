import type { Hex, SignedTransaction, TransactionState } from '@blockhost/kernel';
import {
  type Hex as EvmHex,
  type PublicClient,
  TransactionNotFoundError,
  type TransactionReceipt,
  TransactionReceiptNotFoundError,
} from 'viem';
import { known } from './address-codec.js';
import { isHash } from './is-hash.js';
import { spentBy } from './spent-by.js';

/** What has become of a transaction, as one node sees it. */
export async function lookup(
  node: PublicClient,
  transaction: SignedTransaction,
  confirmations: number,
): Promise<TransactionState> {
  const { hash, sequence } = transaction;
  const mined = await minedState(node, hash);
  if (mined) return mined;
  const held = await heldState(node, hash);
  if (held) return held;

  const address = known(transaction.from);
  const head = await node.getBlockNumber({ cacheTime: 0 });
  const spent = await node.getTransactionCount({ address, blockNumber: head });
  if (spent <= Number(sequence)) return { state: 'unseen' };
  // It may have been mined since the first look; only a nonce spent as deep as the chain's confirmations proves the rest.
  const minedMeanwhile = await minedState(node, hash);
  if (minedMeanwhile) return minedMeanwhile;
  const deep = head - BigInt(confirmations - 1);
  const spentDeep = deep < 0n ? 0 : await node.getTransactionCount({ address, blockNumber: deep });
  if (spentDeep <= Number(sequence))
    return {
      state: 'unknown',
      reason: 'another transaction took its place in a block that is not confirmed yet',
    };
  const inBlock = await spentBy(node, transaction, deep);
  return inBlock?.includes(hash)
    ? { state: 'unknown', reason: 'a block has it, of which the node knows no receipt' }
    : { state: 'superseded' };
}

async function minedState(node: PublicClient, hash: Hex): Promise<TransactionState | null> {
  const receipt = await receiptOf(node, hash);
  if (receipt === null) return null;
  const head = await node.getBlockNumber({ cacheTime: 0 });
  return {
    state: 'mined',
    success: receipt.status === 'success',
    height: Number(receipt.blockNumber),
    confirmations: Math.max(1, Number(head - receipt.blockNumber) + 1),
  };
}

/** null: this node knows of no block with it. Throws what is no receipt of it: money is paid again after a failure. */
export async function receiptOf(node: PublicClient, hash: Hex): Promise<TransactionReceipt | null> {
  try {
    const receipt = await node.getTransactionReceipt({ hash: hash as EvmHex });
    if (!isReceiptOf(hash, receipt)) throw new Error('it answers a receipt that is none');
    return receipt;
  } catch (error) {
    if (error instanceof TransactionReceiptNotFoundError) return null;
    throw error;
  }
}

function isReceiptOf(hash: Hex, receipt: { readonly [K in keyof TransactionReceipt]: unknown }): boolean {
  const { transactionHash, blockHash, blockNumber, status, logs } = receipt;
  return (
    transactionHash === hash &&
    isHash(blockHash) &&
    typeof blockNumber === 'bigint' &&
    (status === 'success' || status === 'reverted') &&
    Array.isArray(logs)
  );
}

/** A node that has thrown old receipts away knows a mined transaction still, but not whether it failed. */
async function heldState(node: PublicClient, hash: Hex): Promise<TransactionState | null> {
  try {
    const { blockNumber } = await node.getTransaction({ hash: hash as EvmHex });
    if (blockNumber === null) return { state: 'pending' };
    return { state: 'unknown', reason: `the node has it in block ${blockNumber}, and no receipt of it` };
  } catch (error) {
    if (error instanceof TransactionNotFoundError) return null;
    throw error;
  }
}
