import { BlockhostError } from '@blockhost/kernel';
import { type Address, BaseError, erc20Abi, type PublicClient, parseAbi } from 'viem';
import { isBareRevert, isNoContract, revertOf } from './node-failure.js';

/** ERC-20 has them in eight bits; more are no number of digits but an attack on whoever reckons with them. */
const MOST_DECIMALS = 255n;
const decimalsAbi = parseAbi(['function decimals() view returns (uint256)']);

/** Decimals and symbol of a token, empty when it has none that can be read; null: this is no token with decimals. */
export async function tokenFactsOf(
  node: PublicClient,
  address: Address,
): Promise<{ readonly symbol: string; readonly decimals: number } | null> {
  try {
    const decimals = await node.readContract({ abi: decimalsAbi, address, functionName: 'decimals' });
    if (decimals > MOST_DECIMALS) return null;
    return { symbol: await symbolOf(node, address), decimals: Number(decimals) };
  } catch (error) {
    if (isRefusal(error)) return null;
    throw error;
  }
}

/** Throws `chain.bad-token` when the token itself refuses. */
export async function tokenBalanceOf(node: PublicClient, address: Address, of: Address): Promise<bigint> {
  const contract = { abi: erc20Abi, address } as const;
  try {
    return await node.readContract({ ...contract, functionName: 'balanceOf', args: [of] });
  } catch (error) {
    // Without data it may as well be the node that failed.
    if (!isReasoned(error)) throw error;
    throw new BlockhostError('chain.bad-token', `The token ${address} refuses to tell a balance.`, {
      remedy: 'Nothing can be done with this token: switch its payment method off.',
    });
  }
}

/** Early tokens answer 32 bytes in place of a text. */
async function symbolOf(node: PublicClient, address: Address): Promise<string> {
  try {
    return await node.readContract({ abi: erc20Abi, address, functionName: 'symbol' });
  } catch (error) {
    if (isRefusal(error) || isUndecodable(error)) return '';
    throw error;
  }
}

function isRefusal(error: unknown): boolean {
  return isNoContract(error) || isBareRevert(error) || isReasoned(error);
}

/** The contract gave a reason, which need not be one that anybody understands. */
function isReasoned(error: unknown): boolean {
  const { raw = '0x' } = revertOf(error) ?? {};
  return raw !== '0x';
}

function isUndecodable(error: unknown): boolean {
  const names =
    /^(AbiDecoding|PositionOutOfBounds|NegativeOffset|RecursiveReadLimit|InvalidBytes|IntegerOutOfRange)/;
  return (
    error instanceof BaseError &&
    error.walk((inner) => inner instanceof Error && names.test(inner.name)) !== null
  );
}
