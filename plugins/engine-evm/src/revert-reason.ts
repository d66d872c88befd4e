import {
  accessCredentialNftAbi,
  blockhostSubscriptionsAbi,
  testStablecoinAbi,
} from '@blockhost/contracts-evm';
import { decodeErrorResult, type Hex, isHex } from 'viem';
import { foreignText } from './foreign-text.js';
import { rpcErrorOf } from './node-failure.js';

/** The contracts' errors as sentences; those without a line here show by their name and arguments. */
const sentences: Readonly<Record<string, (...values: readonly unknown[]) => string>> = {
  PlanNotFound: (id) => `there is no plan ${id}`,
  PlanNotActive: (id) => `plan ${id} is not for sale`,
  PlanPriceMustBePositive: () => 'a plan must cost something',
  SubscriptionNotFound: (id) => `there is no subscription ${id}`,
  SubscriptionAlreadyCancelled: (id) => `subscription ${id} is cancelled`,
  PaymentMethodNotFound: (id) => `there is no payment method ${id}`,
  PaymentMethodNotActive: (id) => `payment method ${id} is switched off`,
  InvalidAddress: () => 'an address is missing',
  DaysMustBePositive: () => 'the number of days must be positive',
  DaysExceedMaximum: (days) => `${days} days are more than a subscription may last`,
  ExtensionWindowClosed: (id) => `subscription ${id} ran out too long ago to be extended`,
  PayloadTooLarge: (size) => `the attached data has ${size} bytes, which is too much`,
  ZeroPayment: () => 'nothing would be paid',
  NoBalanceToWithdraw: () => 'there is nothing to withdraw',
  InsufficientLiquidity: () => 'the exchange has too little of the token to give a price',
  SafeERC20FailedOperation: (token) => `the token ${token} refused the transfer`,
  OwnableUnauthorizedAccount: (account) => `${account} is not the owner of the contract`,
  ERC721InvalidReceiver: (receiver) => `${receiver} cannot receive credentials`,
  ERC721NonexistentToken: (id) => `there is no credential ${id}`,
  ERC20InsufficientBalance: (account, balance, needed) =>
    `${account} has ${balance} of the ${needed} token units needed`,
  ERC20InsufficientAllowance: (spender, allowance, needed) =>
    `${spender} may take ${allowance} of the ${needed} token units needed`,
};

const abi = [...accessCredentialNftAbi, ...blockhostSubscriptionsAbi, ...testStablecoinAbi];

export interface RevertReason {
  /** `PlanNotActive`, `Error` for a text, `revert` when the contract gave none. */
  readonly name: string;
  readonly sentence: string;
}

/** Why the chain would refuse a call, or null when `error` is no such refusal but a failure of the node. */
export function revertReason(error: unknown): RevertReason | null {
  const refused = rpcErrorOf(error);
  if (!refused) return null;
  const data = dataOf(refused.data);
  if (data !== null && data !== '0x') return decode(data);
  return refused.code === 3 || /revert/i.test(refused.details)
    ? { name: 'revert', sentence: 'the contract refuses it without a reason' }
    : null;
}

function decode(data: Hex): RevertReason {
  try {
    // The library adds the language's own Error(string) and Panic(uint256) to every ABI.
    const { errorName, args = [] }: { errorName: string; args?: readonly unknown[] } = decodeErrorResult({
      abi,
      data,
    });
    if (errorName === 'Error') return { name: errorName, sentence: foreignText(String(args[0])) };
    const sentence = sentences[errorName]?.(...args) ?? foreignText(`${errorName}(${args.join(', ')})`);
    return { name: errorName, sentence };
  } catch {
    return {
      name: data.slice(0, 10),
      sentence: `the contract refuses it with the unknown error ${data.slice(0, 10)}`,
    };
  }
}

/** Nodes put the data of a revert at the error itself or one level deeper. */
function dataOf(data: unknown): Hex | null {
  const inner = typeof data === 'object' && data !== null && 'data' in data ? data.data : data;
  return isHex(inner) ? inner : null;
}
