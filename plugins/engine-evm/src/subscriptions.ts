import type { HostContracts, Subscriptions } from '@blockhost/kernel';
import { subscriptionContract, unless } from './contract-read.js';
import { type Nodes, presence } from './nodes.js';

export function subscriptions(nodes: Nodes, contracts: () => HostContracts): Subscriptions {
  return {
    get: (id) =>
      presence(() =>
        nodes.find(async (node) => {
          const found = await unless(
            ['SubscriptionNotFound'],
            node.readContract({
              ...subscriptionContract(contracts()),
              functionName: 'getSubscription',
              args: [id],
            }),
          );
          if (found === null) return null;
          const [planId, subscriber, expiresAt, , cancelled] = found;
          return { id, planId, subscriber, expiresAt: Number(expiresAt), cancelled };
        }),
      ),

    count: () =>
      presence(() =>
        nodes.ask((node) =>
          node.readContract({
            ...subscriptionContract(contracts()),
            functionName: 'getTotalSubscriptionCount',
          }),
        ),
      ),
  };
}
