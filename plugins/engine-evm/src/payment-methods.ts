import type { HostContracts, PaymentMethod } from '@blockhost/kernel';
import type { PublicClient } from 'viem';
import { subscriptionContract, unless } from './contract-read.js';

/** All payment methods of the contract, as of one block. */
export async function paymentMethodsOf(
  node: PublicClient,
  contracts: HostContracts,
): Promise<readonly PaymentMethod[]> {
  const contract = subscriptionContract(contracts);
  const at = { blockNumber: await node.getBlockNumber({ cacheTime: 0 }) };
  const ids = await node.readContract({ ...contract, ...at, functionName: 'getPaymentMethodIds' });
  if (ids.length === 0) return [];
  const methods = await node.multicall({
    contracts: ids.map((id) => ({ ...contract, functionName: 'getPaymentMethod', args: [id] }) as const),
    ...at,
    deployless: true,
    allowFailure: false,
  });
  return methods.map(([token, , , decimals, , active], index) => ({
    id: ids[index] ?? 0n,
    token,
    decimals,
    active,
  }));
}

/** By the contract's price of a whole token in cents; null when it has none, or one below a cent. */
export async function centsOf(
  node: PublicClient,
  contracts: HostContracts,
  { id, decimals }: PaymentMethod,
  amount: bigint,
): Promise<bigint | null> {
  const price = await unless(
    ['InsufficientLiquidity', 'PaymentMethodNotFound'],
    node.readContract({
      ...subscriptionContract(contracts),
      functionName: 'getTokenPriceUsdCents',
      args: [id],
    }),
  );
  return price === null || price === 0n ? null : (amount * price) / 10n ** BigInt(decimals);
}
