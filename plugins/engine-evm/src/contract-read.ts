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

/** The answer of a read, or null when the contract refuses it with an error (or a text) of these names. */
export async function unless<T>(names: readonly string[], read: Promise<T>): Promise<T | null> {
  try {
    return await read;
  } catch (error) {
    if (names.some((name) => refuses(error, name))) return null;
    throw error;
  }
}

/** True when the contract itself refuses with the error `name`, or the text `name`. */
export function refuses(error: unknown, name: string): boolean {
  const revert = revertOf(error);
  return revert?.data?.errorName === name || (revert?.data !== undefined && revert.reason === name);
}

export function notSetUp(): BlockhostError {
  return new BlockhostError('chain.not-set-up', 'This host has no contracts yet.', {
    remedy: 'Run "blockhost setup" first.',
  });
}
