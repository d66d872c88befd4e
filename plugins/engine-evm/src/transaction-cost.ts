import { BlockhostError, type TransactionDraft } from '@blockhost/kernel';
import { type Address, formatEther, type Hex, type PublicClient, zeroAddress } from 'viem';
import { dataFee } from './data-fee.js';
import type { KnownChain } from './known-chains.js';
import { reasonOf } from './node-failure.js';
import { revertReason } from './revert-reason.js';
import { bodyOf } from './transaction-body.js';

/** Of a transfer between wallets (Yellow Paper, appendix G). */
const TRANSFER_GAS = 21_000n;
/** A signed transfer with room for a large value. */
const TRANSFER_BYTES = 128;

/** What a transaction may cost at most, at the chain's present fees (EIP-1559). */
export interface TransactionCost {
  readonly gas: bigint;
  /** Wei per gas. */
  readonly maxFeePerGas: bigint;
  readonly maxPriorityFeePerGas: bigint;
  /** Wei per gas that are enough at this moment, for a transfer of coins; else as much as `maxFeePerGas`. */
  readonly leastFeePerGas: bigint;
  /** Wei that the chain asks besides: the value, and where there is one the fee for the data. */
  readonly besides: bigint;
  /** Wei: fee and value. */
  readonly total: bigint;
  /** Of the head it was reckoned at. */
  readonly height: number;
}

/** Runs the transaction without sending it. Throws `chain.would-revert`, `chain.insufficient-funds`, `chain.unsupported`. */
export async function costOf(
  node: PublicClient,
  chain: KnownChain,
  draft: TransactionDraft,
  from: Address,
): Promise<TransactionCost> {
  const { to, data, value } = bodyOf(draft);
  const [prices, surcharge] = await Promise.all([
    pricesOf(node),
    dataFee(node, chain, TRANSFER_BYTES + (data.length - 2) / 2),
  ]);
  const isTransfer = to !== null && data === '0x';
  const gas = await simulate(node, draft, from, isTransfer);
  if (gas > mostGas(chain, draft)) throw burnsGas(draft, gas);
  const besides = BigInt(value) + withSpare(surcharge);
  const { maxFeePerGas, gasPrice, ...rest } = prices;
  return {
    ...rest,
    gas,
    maxFeePerGas,
    leastFeePerGas: isTransfer ? gasPrice : maxFeePerGas,
    besides,
    total: gas * maxFeePerGas + besides,
  };
}

/** The most that a transfer of coins costs at this moment: gas at the present price and a tenth (engine.md 2.3). */
export async function transferFee(node: PublicClient, chain: KnownChain): Promise<bigint> {
  const [{ gasPrice }, surcharge, gas] = await Promise.all([
    pricesOf(node),
    dataFee(node, chain, TRANSFER_BYTES),
    chain.dataFee === 'gas' ? node.estimateGas({ account: zeroAddress, to: zeroAddress }) : TRANSFER_GAS,
  ]);
  return withSpare(gas * gasPrice) + withSpare(surcharge);
}

/** Fees of this moment per gas, in wei. Throws `chain.unsupported`. */
export async function pricesOf(node: PublicClient) {
  const [head, maxPriorityFeePerGas] = await Promise.all([
    node.getBlock(),
    node.estimateMaxPriorityFeePerGas(),
  ]);
  if (head.number === null) throw new Error('it answers no block');
  if (head.baseFeePerGas === null)
    throw new BlockhostError('chain.unsupported', 'This chain has no base fee (EIP-1559).', {
      remedy: 'Use a chain that has had the London upgrade.',
    });
  return {
    gasPrice: head.baseFeePerGas + maxPriorityFeePerGas,
    // The base fee may rise by an eighth per block: twice the present one lasts for at least five full blocks.
    maxFeePerGas: head.baseFeePerGas * 2n + maxPriorityFeePerGas,
    maxPriorityFeePerGas,
    height: Number(head.number),
  };
}

/** A tenth more, rounded up. */
export const withSpare = (wei: bigint) => (wei * 11n + 9n) / 10n;

/**
 * What a wallet with that balance offers per gas: twice the present price if it can, and for a transfer of coins, which
 * may be all it has, what is left. Throws `chain.insufficient-funds`.
 */
export function affordableFee(
  wallet: Address,
  balance: bigint,
  { gas, maxFeePerGas, leastFeePerGas, besides }: TransactionCost,
  symbol: string,
  purpose: string,
): bigint {
  requireFunds(wallet, { balance, needed: gas * leastFeePerGas + besides }, symbol, purpose);
  const left = (balance - besides) / gas;
  return left < maxFeePerGas ? left : maxFeePerGas;
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

/** Answers the gas it may use, with a fifth to spare; a transfer between wallets uses the same always. */
async function simulate(
  node: PublicClient,
  draft: TransactionDraft,
  from: Address,
  isTransfer: boolean,
): Promise<bigint> {
  const { to, data, value, answersTrue } = bodyOf(draft);
  const call = { account: from, to, data, value: BigInt(value) };
  try {
    const gas = await node.estimateGas(call);
    if (answersTrue && isFalse((await node.call(call)).data)) throw refusedSilently(draft);
    return isTransfer && gas === TRANSFER_GAS ? gas : (gas * 6n) / 5n;
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

/** Where gas pays for data as well, as much for a byte as it may cost there. */
const DEAR_DATA = 10;

const mostGas = ({ dataFee }: KnownChain, draft: TransactionDraft) =>
  bodyOf(draft).mostGas * (dataFee === 'gas' ? DEAR_DATA : 1);

const burnsGas = ({ description }: TransactionDraft, gas: bigint) =>
  new BlockhostError('chain.would-revert', `To ${description} would burn ${gas} gas, far too much.`, {
    remedy:
      'Nothing was sent. The recipient is a contract that makes others pay: refund it, or send to a wallet.',
  });

/** Some tokens say false where others revert: the transaction would succeed, and nothing would be moved (ERC-20). */
const isFalse = (answer: Hex | undefined) => answer !== undefined && BigInt(answer) === 0n;

const refusedSilently = ({ description }: TransactionDraft) =>
  new BlockhostError('chain.would-revert', `The token refuses to ${description}: it answers false.`, {
    remedy: 'Nothing was sent. Ask the issuer of the token for the reason.',
  });
