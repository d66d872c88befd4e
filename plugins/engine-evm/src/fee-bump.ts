import { BlockhostError, type SignedTransaction, type SigningKey } from '@blockhost/kernel';
import { type Hex as EvmHex, keccak256, type PublicClient, parseTransaction } from 'viem';
import { accountOf } from './account-of.js';
import { addressCodec, known } from './address-codec.js';
import { dataFee } from './data-fee.js';
import type { KnownChain } from './known-chains.js';
import { pricesOf, withSpare } from './transaction-cost.js';

/** Blocks that each version may lie. */
const PATIENCE = 10;
const MOST_VERSIONS = 8;

/**
 * The same transaction with fees that nodes accept in place of the old ones, an eighth more, or those of this moment if
 * they are higher (engine.md 5.5). null: it has not lain long, waits for another one of its wallet, was raised often
 * enough, or the wallet has no more. Throws `chain.wrong-key`.
 */
export async function bump(
  node: PublicClient,
  chain: KnownChain,
  transaction: SignedTransaction,
  key: SigningKey,
): Promise<SignedTransaction | null> {
  const { from, sequence, raw, signedAtHeight } = transaction;
  const earlier = versionsOf(transaction);
  const prices = await pricesOf(node);
  const lain = prices.height - signedAtHeight;
  if (earlier.length >= MOST_VERSIONS || lain < PATIENCE * earlier.length) return null;

  const address = known(from);
  if (!addressCodec.same(from, key.address))
    throw new BlockhostError('chain.wrong-key', `This key is not that of ${from}.`, {
      remedy: 'Give the key of the wallet that signed the transaction.',
    });
  const old = parseTransaction(raw as EvmHex);
  const { to, data, nonce, gas, maxFeePerGas, maxPriorityFeePerGas = 0n, value = 0n } = old;
  if (old.type !== 'eip1559' || gas === undefined || maxFeePerGas === undefined) return null;
  const [next, balance, surcharge] = await Promise.all([
    node.getTransactionCount({ address }),
    node.getBalance({ address }),
    dataFee(node, chain, raw.length / 2),
  ]);
  if (next !== Number(sequence)) return null;
  const besides = value + withSpare(surcharge);
  const affordable = (balance - besides) / gas;
  if (affordable < anEighthMore(maxFeePerGas)) return null;

  const fee = smaller(affordable, larger(anEighthMore(maxFeePerGas), prices.maxFeePerGas));
  const tip = smaller(fee, larger(anEighthMore(maxPriorityFeePerGas), prices.maxPriorityFeePerGas));
  const bytes = await accountOf(key).signTransaction({
    // One by one: the old signature must not be signed along.
    type: 'eip1559',
    chainId: old.chainId,
    nonce,
    to,
    data,
    value,
    gas,
    maxFeePerGas: fee,
    maxPriorityFeePerGas: tip,
  });
  return {
    ...transaction,
    hash: keccak256(bytes),
    raw: bytes,
    maxFee: String(gas * fee + besides - value),
    earlier,
  };
}

function versionsOf({ earlier = [], ...newest }: SignedTransaction): readonly SignedTransaction[] {
  return [newest, ...earlier];
}

const anEighthMore = (fee: bigint) => (fee * 9n) / 8n + 1n;
const larger = (a: bigint, b: bigint) => (a > b ? a : b);
const smaller = (a: bigint, b: bigint) => (a < b ? a : b);
