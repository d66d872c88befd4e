import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import type { Funds, HostContracts } from '@blockhost/kernel';
import { encodeFunctionData, erc20Abi } from 'viem';
import { known } from './address-codec.js';
import type { KnownChain } from './known-chains.js';
import { type Nodes, presence } from './nodes.js';
import { centsOf, paymentMethodsOf } from './payment-methods.js';
import { tokenBalanceOf, tokenFactsOf } from './token-reads.js';
import { draftOf } from './transaction-body.js';
import { transferFee } from './transaction-cost.js';

export function funds(nodes: Nodes, chain: KnownChain, contracts: () => HostContracts): Funds {
  return {
    nativeBalance: (of) => presence(() => nodes.ask((node) => node.getBalance({ address: known(of) }))),

    tokenBalance: (token, of) =>
      presence(() => nodes.ask((node) => tokenBalanceOf(node, known(token), known(of)))),

    tokenFacts: (token) => presence(() => nodes.find((node) => tokenFactsOf(node, known(token)))),

    sendNative: (to, amount) =>
      draftOf(`send ${amount} base units to ${to}`, { to: known(to), value: String(amount) }),

    sendToken: (token, to, amount) =>
      draftOf(`send ${amount} units of the token ${token} to ${to}`, {
        to: known(token),
        data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [known(to), amount] }),
        answersTrue: true,
      }),

    withdraw: (token, to) =>
      draftOf(`withdraw all of the token ${token} to ${to}`, {
        to: known(contracts().subscriptions),
        data: encodeFunctionData({
          abi: blockhostSubscriptionsAbi,
          functionName: 'withdrawFunds',
          args: [known(token), known(to)],
        }),
      }),

    paymentMethods: () => presence(() => nodes.ask((node) => paymentMethodsOf(node, contracts()))),

    valueInCents: (method, amount) =>
      presence(() => nodes.find((node) => centsOf(node, contracts(), method, amount))),

    transferFee: () => presence(() => nodes.ask((node) => transferFee(node, chain))),
  };
}
