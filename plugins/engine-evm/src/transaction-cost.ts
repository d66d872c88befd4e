import { BlockhostError, type TransactionDraft } from '@blockhost/kernel';
import { type Address, formatEther, type PublicClient } from 'viem';
import { reasonOf } from './node-failure.js';
import { revertReason } from './revert-reason.js';
import { bodyOf } from './transaction-body.js';

/** What a transaction may cost at most, at the chain's present fees (EIP-1559). */
export interface TransactionCost {
  readonly gas: bigint;
  /** Wei per gas. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Wei: fee and value. */
  readonly total: bigint;
  /** Of the head it was reckoned at. */
  readonly height: number;
}

/** Runs the transaction without sending it. Throws `chain.would-revert`, `chain.insufficient-funds`, `chain.unsupported`. */
export async function costOf(
  node: PublicClient,
  draft: TransactionDraft,
  from: Address,
): Promise<TransactionCost> {
  const [head, maxPriorityFeePerGas] = await Promise.all([
    node.getBlock(),
    node.estimateMaxPriorityFeePerGas(),
  ]);
  if (head.baseFeePerGas === null)
    throw new BlockhostError('chain.unsupported', 'This chain has no base fee (EIP-1559).', {
      remedy: 'Use a chain that has had the London upgrade.',
    });
  const gas = await simulate(node, draft, from);
  // The base fee may rise by an eighth per block: twice the present one lasts for at least five full blocks.
  const maxFeePerGas = head.baseFeePerGas * 2n + maxPriorityFeePerGas;
  const total = gas * maxFeePerGas + BigInt(bodyOf(draft).value);
  return { gas, maxFeePerGas, maxPriorityFeePerGas, total, height: Number(head.number) };
}

/** Throws `chain.insufficient-funds` naming the wallet, what it has, and what `purpose` needs. Amounts in wei. */
export function requireFunds(
  wallet: Address,
  { balance, needed }: { readonly balance: bigint; readonly needed: bigint },
  symbol: string,
  purpose: string,
): void {
  if (balance >= needed) return;
  const amount = (wei: bigint) => `${formatEther(wei)} ${symbol}`;
  throw new BlockhostError(
    'chain.insufficient-funds',
    `The wallet ${wallet} has ${amount(balance)}; to ${purpose} may cost ${amount(needed)}.`,
    {
      remedy: `Send at least ${amount(needed - balance)} to ${wallet}.`,
      facts: { wallet, balance_wei: String(balance), needed_wei: String(needed) },
    },
  );
}

/** Answers the gas it may use, with a fifth to spare. */
async function simulate(node: PublicClient, draft: TransactionDraft, from: Address): Promise<bigint> {
  const { to, data, value } = bodyOf(draft);
  try {
    const gas = await node.estimateGas({ account: from, to, data, value: BigInt(value) });
    return (gas * 6n) / 5n;
  } catch (error) {
    if (/insufficient (funds|balance)/i.test(reasonOf(error)))
      throw new BlockhostError(
        'chain.insufficient-funds',
        `The wallet ${from} cannot pay to ${draft.description}.`,
        { remedy: `Send native coin to ${from} and try again.`, facts: { wallet: from } },
      );
    const reason = revertReason(error);
    if (reason === null) throw error;
    throw new BlockhostError(
      'chain.would-revert',
      `The chain would refuse to ${draft.description}: ${reason.sentence}.`,
      {
        remedy: 'Nothing was sent. Remove the reason and try again.',
        facts: { error: reason.name },
      },
    );
  }
}
