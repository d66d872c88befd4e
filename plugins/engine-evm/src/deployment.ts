import {
  accessCredentialNftAbi,
  blockhostSubscriptionsAbi,
  testStablecoinAbi,
} from '@blockhost/contracts-evm';
import {
  accessCredentialNftBytecode,
  blockhostSubscriptionsBytecode,
  testStablecoinBytecode,
} from '@blockhost/contracts-evm/bytecode';
import { BlockhostError, type SignedTransaction, type TransactionDraft } from '@blockhost/kernel';
import { type Address, encodeDeployData, getContractAddress } from 'viem';
import { known } from './address-codec.js';
import { draftOf } from './transaction-body.js';

/** Constructor arguments are those of engine.md 2.7. */
export function deployCredentials(): TransactionDraft {
  return draftOf('deploy the credential contract', {
    data: encodeDeployData({
      abi: accessCredentialNftAbi,
      bytecode: accessCredentialNftBytecode,
      args: ['BlockhostAccess', 'BHA'],
    }),
  });
}

export function deploySubscriptions(): TransactionDraft {
  return draftOf('deploy the subscription contract', {
    data: encodeDeployData({ abi: blockhostSubscriptionsAbi, bytecode: blockhostSubscriptionsBytecode }),
  });
}

/** The contracts an operator deploys, by the names of engine.md 2.7. */
const deployments = { nft: deployCredentials, pos: deploySubscriptions };

export type ContractName = keyof typeof deployments | 'broker-registry' | 'broker-requests';

export const contractNames: readonly ContractName[] = ['nft', 'pos', 'broker-registry', 'broker-requests'];

/** Throws `chain.no-artifact` for a contract that this version does not carry. */
export function deployment(name: ContractName): TransactionDraft {
  if (name === 'nft' || name === 'pos') return deployments[name]();
  throw new BlockhostError('chain.no-artifact', `This version of BlockHost does not carry ${name} yet.`, {
    remedy: 'Install a version that has it.',
  });
}

/** Refuses public chains by itself. */
export function deployTestStablecoin(): TransactionDraft {
  return draftOf('deploy the test stablecoin', {
    data: encodeDeployData({ abi: testStablecoinAbi, bytecode: testStablecoinBytecode }),
  });
}

/** Where a deployment puts its contract: sender and nonce decide it before it is mined (Yellow Paper, section 7). */
export function deployedAddress({ from, sequence }: Pick<SignedTransaction, 'from' | 'sequence'>): Address {
  return getContractAddress({ from: known(from), nonce: BigInt(sequence) });
}
