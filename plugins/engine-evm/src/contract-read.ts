import { accessCredentialNftAbi, blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import { BlockhostError, type HostContracts } from '@blockhost/kernel';
import type { Address } from 'viem';
import { known } from './address-codec.js';
import { revertOf } from './node-failure.js';

/** What the chain library needs to call a contract, to be spread into a call. */
export interface Contract<Abi> {
  readonly abi: Abi;
  readonly address: Address;
}

export function credentialContract({
  credentials,
}: Pick<HostContracts, 'credentials'>): Contract<typeof accessCredentialNftAbi> {
  return { abi: accessCredentialNftAbi, address: known(credentials) };
}

export function subscriptionContract({
  subscriptions,
}: HostContracts): Contract<typeof blockhostSubscriptionsAbi> {
  return { abi: blockhostSubscriptionsAbi, address: known(subscriptions) };
}

/** The answer of a read, or null when the contract refuses it with the error `name` (or the text `name`). */
export async function unless<T>(name: string, read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    const revert = revertOf(error);
    if (revert?.data?.errorName === name || (revert?.data !== undefined && revert.reason === name))
      return null;
    throw error;
  }
}

export function notSetUp(): BlockhostError {
  return new BlockhostError('chain.not-set-up', 'This host has no contracts yet.', {
    remedy: 'Run "blockhost setup" first.',
  });
}
