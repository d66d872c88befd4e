import {
  accessCredentialNftAbi,
  blockhostSubscriptionsAbi,
  brokerRegistryAbi,
  brokerRequestsAbi,
  testStablecoinAbi,
} from '@blockhost/contracts-evm';
import {
  accessCredentialNftBytecode,
  blockhostSubscriptionsBytecode,
  brokerRegistryBytecode,
  brokerRequestsBytecode,
  testStablecoinBytecode,
} from '@blockhost/contracts-evm/bytecode';
import type { SignedTransaction, TransactionDraft } from '@blockhost/kernel';
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

export function deployBrokerRegistry(): TransactionDraft {
  return draftOf('deploy the broker registry', {
    data: encodeDeployData({ abi: brokerRegistryAbi, bytecode: brokerRegistryBytecode }),
  });
}

export function deployBrokerRequests(): TransactionDraft {
  return draftOf('deploy the contract for requests to a broker', {
    data: encodeDeployData({ abi: brokerRequestsAbi, bytecode: brokerRequestsBytecode }),
  });
}

/** The contracts an operator deploys by name. */
export const deployments = {
  nft: deployCredentials,
  pos: deploySubscriptions,
  'broker-registry': deployBrokerRegistry,
  'broker-requests': deployBrokerRequests,
} satisfies Record<string, () => TransactionDraft>;

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
