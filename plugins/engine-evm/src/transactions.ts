import {
  BlockhostError,
  hasCode,
  type SignedTransaction,
  type SigningKey,
  sentenceOf,
  type TransactionDraft,
  type Transactions,
} from '@blockhost/kernel';
import { type Hex as EvmHex, keccak256, type PublicClient } from 'viem';
import { accountOf } from './account-of.js';
import { bump } from './fee-bump.js';
import type { KnownChain } from './known-chains.js';
import { lookup, receiptOf } from './lookup.js';
import { reasonOf, rpcErrorOf } from './node-failure.js';
import type { Nodes } from './nodes.js';
import { bodyOf } from './transaction-body.js';
import { affordableFee, costOf } from './transaction-cost.js';

export interface ChainLimits {
  readonly chainId: number;
  readonly confirmations: number;
  readonly known: KnownChain;
}

/** Signs, broadcasts and finds transactions of type 2 (EIP-1559). */
export function transactions(nodes: Nodes, chain: ChainLimits): Transactions {
  return {
    sign: (draft, key, signal) => nodes.ask((node) => sign(node, chain, draft, key), signal),

    broadcast: (transaction, signal) => nodes.ask((node) => broadcast(node, transaction), signal),

    bump: (transaction, key, signal) =>
      nodes.ask((node) => bump(node, chain.known, transaction, key), signal),

    async lookup(transaction, signal) {
      try {
        return await nodes.ask((node) => lookup(node, transaction, chain.confirmations), signal);
      } catch (error) {
        if (hasCode(error, 'chain.unreachable') || hasCode(error, 'chain.wrong-chain'))
          return { state: 'unknown', reason: sentenceOf(error) };
        throw error;
      }
    },
  };
}

async function sign(
  node: PublicClient,
  chain: ChainLimits,
  draft: TransactionDraft,
  key: SigningKey,
): Promise<SignedTransaction> {
  const { to, data, value } = bodyOf(draft);
  const account = accountOf(key);
  const [cost, nonce, balance] = await Promise.all([
    costOf(node, chain.known, draft, account.address),
    node.getTransactionCount({ address: account.address, blockTag: 'pending' }),
    node.getBalance({ address: account.address }),
  ]);
  const maxFeePerGas = affordableFee(account.address, balance, cost, chain.known.symbol, draft.description);
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    nonce,
    to,
    data,
    value: BigInt(value),
    gas: cost.gas,
    maxFeePerGas,
    maxPriorityFeePerGas: cost.maxPriorityFeePerGas,
  });
  return {
    hash: keccak256(raw),
    from: account.address,
    sequence: String(nonce),
    raw,
    description: draft.description,
    signedAtHeight: cost.height,
    maxFee: String(cost.gas * maxFeePerGas + cost.besides - BigInt(value)),
  };
}

/** What nodes say of a transaction that offers too little: it may be taken later. */
const underpriced = /underpriced|fee ?too ?low|fee per gas less than|below minimum|minimum needed/i;

async function broadcast(node: PublicClient, { raw, hash, description }: SignedTransaction): Promise<void> {
  try {
    await node.sendRawTransaction({ serializedTransaction: raw as EvmHex });
  } catch (error) {
    const refused = rpcErrorOf(error);
    if (!refused || refused.code === -32005 || refused.code === -32603) throw error;
    if (/already|known transaction/i.test(refused.details)) return;
    // A node that has mined it says no more than that its nonce is used up.
    if ((await receiptOf(node, hash)) !== null) return;
    if (underpriced.test(refused.details))
      throw new BlockhostError(
        'chain.underpriced',
        `At the fees of this moment the node does not take what is to ${description}: ${reasonOf(error)}.`,
        { facts: { transaction: hash }, remedy: 'Wait until fees fall, or let its fee be raised.' },
      );
    throw new BlockhostError('chain.rejected', `The node refuses to ${description}: ${reasonOf(error)}.`, {
      facts: { transaction: hash },
      remedy: 'Look at what else the wallet has sent, and at its balance.',
    });
  }
}
