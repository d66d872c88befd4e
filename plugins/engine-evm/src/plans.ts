import { blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import { type HostContracts, type Plan, type Plans, unknown } from '@blockhost/kernel';
import { encodeFunctionData, type Hex, parseEventLogs, zeroAddress } from 'viem';
import { known } from './address-codec.js';
import { subscriptionContract } from './contract-read.js';
import { receiptOf } from './lookup.js';
import { type Nodes, presence } from './nodes.js';
import { draftOf } from './transaction-body.js';

export function plans(nodes: Nodes, contracts: () => HostContracts): Plans {
  const call = (description: string, data: Hex) =>
    draftOf(description, { to: known(contracts().subscriptions), data });

  return {
    list: () =>
      presence(() =>
        nodes.ask(async (node) => {
          const contract = subscriptionContract(contracts());
          const count = await node.readContract({ ...contract, functionName: 'getTotalPlanCount' });
          const all: Plan[] = [];
          for (let id = 1n; id <= count; id += 1n) {
            const [name, priceCentsPerDay, active] = await node.readContract({
              ...contract,
              functionName: 'getPlan',
              args: [id],
            });
            all.push({ id, name, priceCentsPerDay, active });
          }
          return all;
        }),
      ),

    create: (name, priceCentsPerDay) =>
      call(
        `create the plan "${name}"`,
        encodeFunctionData({
          abi: blockhostSubscriptionsAbi,
          functionName: 'createPlan',
          args: [name, priceCentsPerDay],
        }),
      ),

    async createdIn({ hash }) {
      const found = await presence(() => nodes.find((node) => receiptOf(node, hash)));
      if (found.kind === 'absent')
        return unknown('The transaction is not mined yet, as far as the node knows.');
      if (found.kind === 'unknown') return found;
      return presence(async () => {
        const { subscriptions } = contracts();
        const logs = found.value.logs.filter(({ address }) => known(address) === known(subscriptions));
        const [made] = parseEventLogs({ abi: blockhostSubscriptionsAbi, eventName: 'PlanCreated', logs });
        return made?.args.planId ?? null;
      });
    },

    stablecoin: () =>
      presence(() =>
        nodes.find(async (node) => {
          const token = await node.readContract({
            ...subscriptionContract(contracts()),
            functionName: 'getPrimaryStablecoin',
          });
          return token === zeroAddress ? null : token;
        }),
      ),

    setStablecoin: (token) =>
      call(
        `accept the stablecoin ${token}`,
        encodeFunctionData({
          abi: blockhostSubscriptionsAbi,
          functionName: 'setPrimaryStablecoin',
          args: [known(token)],
        }),
      ),
  };
}
