import { bytesToHex, type PublicClient } from 'viem';
import type { KnownChain } from './known-chains.js';

/** Predeploy of OP Stack chains that tells what the data of a transaction cost on the chain below (specs.optimism.io). */
const GAS_PRICE_ORACLE = '0x420000000000000000000000000000000000000F';
const oracleAbi = [
  {
    type: 'function',
    name: 'getL1Fee',
    stateMutability: 'view',
    inputs: [{ name: 'transaction', type: 'bytes' }],
    outputs: [{ type: 'uint256' }],
  },
] as const;

/** Wei that the chain below asks for a transaction of so many bytes, besides its gas; 0 where gas covers everything. */
export async function dataFee(node: PublicClient, chain: KnownChain, bytes: number): Promise<bigint> {
  if (chain.dataFee !== 'oracle') return 0n;
  // The fee depends on how well the bytes compress: these do not.
  const sample = Uint8Array.from({ length: bytes }, (_, at) => (at * 167 + 13) % 251);
  return node.readContract({
    abi: oracleAbi,
    address: GAS_PRICE_ORACLE,
    functionName: 'getL1Fee',
    args: [bytesToHex(sample)],
  });
}
