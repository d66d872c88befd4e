import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import type { Funds, HostContracts } from '@blockhost/kernel';
import { encodeFunctionData, erc20Abi } from 'viem';
import { known } from './address-codec.js';
import type { KnownChain } from './known-chains.js';
import { isBareRevert, isNoContract } from './node-failure.js';
import { type Nodes, presence } from './nodes.js';
import { centsOf, paymentMethodsOf } from './payment-methods.js';
import { draftOf } from './transaction-body.js';
import { transferFee } from './transaction-cost.js';

export function funds(nodes: Nodes, chain: KnownChain, contracts: () => HostContracts): Funds {
  return {
    nativeBalance: (of) => presence(() => nodes.ask((node) => node.getBalance({ address: known(of) }))),

    tokenBalance: (token, of) =>
      presence(() =>
        nodes.ask((node) =>
          node.readContract({
            abi: erc20Abi,
            address: known(token),
            functionName: 'balanceOf',
            args: [known(of)],
          }),
        ),
      ),

    tokenFacts: (token) =>
      presence(() =>
        nodes.find(async (node) => {
          const contract = { abi: erc20Abi, address: known(token) } as const;
          try {
            const decimals = await node.readContract({ ...contract, functionName: 'decimals' });
            return { symbol: await node.readContract({ ...contract, functionName: 'symbol' }), decimals };
          } catch (error) {
            if (isNoContract(error) || isBareRevert(error)) return null;
            throw error;
          }
        }),
      ),

    sendNative: (to, amount) =>
      draftOf(`send ${amount} base units to ${to}`, { to: known(to), value: String(amount) }),

    sendToken: (token, to, amount) =>
      draftOf(`send ${amount} units of the token ${token} to ${to}`, {
        to: known(token),
        data: encodeFunctionData({ abi: erc20Abi, functionName: 'transfer', args: [known(to), amount] }),
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
