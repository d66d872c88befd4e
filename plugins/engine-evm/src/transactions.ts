import {
  BlockhostError,
  hasCode,
  type SignedTransaction,
  type SigningKey,
  sentenceOf,
  type TransactionDraft,
  type Transactions,
} from '@blockhost/kernel';
import { type Hex as EvmHex, formatEther, keccak256, type PublicClient } from 'viem';
import { lookup, receiptOf } from './lookup.js';
import { reasonOf, rpcErrorOf } from './node-failure.js';
import type { Nodes } from './nodes.js';
import { revertReason } from './revert-reason.js';
import { accountOf } from './signing-key.js';
import { bodyOf, type TransactionBody } from './transaction-body.js';

export interface ChainLimits {
  readonly chainId: number;
  readonly confirmations: number;
  readonly symbol: string;
}

/** Signs, broadcasts and finds transactions of type 2 (EIP-1559). */
export function transactions(nodes: Nodes, chain: ChainLimits): Transactions {
  return {
    sign: (draft, key, signal) => nodes.ask((node) => sign(node, chain, draft, key), signal),

    broadcast: (transaction, signal) => nodes.ask((node) => broadcast(node, transaction), signal),

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
  const body = bodyOf(draft);
  const account = accountOf(key);
  const [head, nonce, balance, tip] = await Promise.all([
    node.getBlock(),
    node.getTransactionCount({ address: account.address, blockTag: 'pending' }),
    node.getBalance({ address: account.address }),
    node.estimateMaxPriorityFeePerGas(),
  ]);
  if (head.baseFeePerGas === null)
    throw new BlockhostError('chain.unsupported', 'This chain has no base fee (EIP-1559).', {
      remedy: 'Use a chain that has had the London upgrade.',
    });
  const value = BigInt(body.value);
  const gas = await simulate(node, body, account.address, draft.description);
  // The base fee may rise by an eighth per block: twice the present one lasts for at least five full blocks.
  const maxFeePerGas = head.baseFeePerGas * 2n + tip;
  const needed = gas * maxFeePerGas + value;
  if (balance < needed)
    throw insufficientFunds(account.address, { balance, needed }, chain.symbol, draft.description);
  const raw = await account.signTransaction({
    type: 'eip1559',
    chainId: chain.chainId,
    nonce,
    to: body.to,
    data: body.data,
    value,
    gas,
    maxFeePerGas,
    maxPriorityFeePerGas: tip,
  });
  return {
    hash: keccak256(raw),
    from: account.address,
    sequence: String(nonce),
    raw,
    description: draft.description,
    signedAtHeight: Number(head.number),
  };
}

/** Runs the transaction without sending it; answers the gas it may use, with a fifth to spare. */
async function simulate(
  node: PublicClient,
  { to, data, value }: TransactionBody,
  from: EvmHex,
  description: string,
): Promise<bigint> {
  try {
    const gas = await node.estimateGas({ account: from, to, data, value: BigInt(value) });
    return (gas * 6n) / 5n;
  } catch (error) {
    if (/insufficient (funds|balance)/i.test(reasonOf(error)))
      throw new BlockhostError(
        'chain.insufficient-funds',
        `The wallet ${from} cannot pay to ${description}.`,
        {
          remedy: `Send native coin to ${from} and try again.`,
          facts: { wallet: from },
        },
      );
    const reason = revertReason(error);
    if (reason === null) throw error;
    throw new BlockhostError(
      'chain.would-revert',
      `The chain would refuse to ${description}: ${reason.sentence}.`,
      {
        remedy: 'Nothing was sent. Remove the reason and try again.',
        facts: { error: reason.name },
      },
    );
  }
}

async function broadcast(node: PublicClient, { raw, hash, description }: SignedTransaction): Promise<void> {
  try {
    await node.sendRawTransaction({ serializedTransaction: raw as EvmHex });
  } catch (error) {
    const refused = rpcErrorOf(error);
    if (!refused || refused.code === -32005 || refused.code === -32603) throw error;
    if (/already|known transaction/i.test(refused.details)) return;
    // A node that has mined it says no more than that its nonce is used up.
    if ((await receiptOf(node, hash)) !== null) return;
    throw new BlockhostError('chain.rejected', `The node refuses to ${description}: ${reasonOf(error)}.`, {
      facts: { transaction: hash },
      remedy: 'Look at what else the wallet has sent, and at its balance.',
    });
  }
}

function insufficientFunds(
  wallet: string,
  { balance, needed }: { readonly balance: bigint; readonly needed: bigint },
  symbol: string,
  description: string,
): BlockhostError {
  const amount = (wei: bigint) => `${formatEther(wei)} ${symbol}`;
  return new BlockhostError(
    'chain.insufficient-funds',
    `The wallet ${wallet} has ${amount(balance)}; to ${description} may cost ${amount(needed)}.`,
    {
      remedy: `Send at least ${amount(needed - balance)} to ${wallet}.`,
      facts: { wallet, balance_wei: String(balance), needed_wei: String(needed) },
    },
  );
}
