import { chainEngineConformance } from '@blockhost/kernel/testing';
import { FaultyNode } from './faulty-node.js';
import { openMarket } from './market.js';
import { readyHost } from './ready-host.js';

describe('engine-evm', () => {
  chainEngineConformance({
    capabilities: ['swap', 'adminCommands'],
    async setup() {
      const host = await readyHost();
      const node = await FaultyNode.start(host.devnet.rpcUrl);
      const engine = await host.engineVia([node.url], {
        uniswap_v2: (await openMarket(host.devnet)).section,
      });
      const subscriptions = engine.chain.contracts?.subscriptions ?? '';
      let customers = 0;
      return {
        engine,
        owner: host.owner,
        hasMarket: true,
        stop: async () => {
          await node.stop();
          await host.stop();
        },
        async newCustomer() {
          customers += 1;
          const customer = await host.devnet.customer(`customer ${customers}`);
          return {
            ...customer,
            buy: (order) => customer.buy({ subscriptions, ...order }),
            extend: (order) => customer.extend({ subscriptions, ...order }),
          };
        },
        async breakChain() {
          node.fault = 'refuse';
          return async () => {
            node.fault = 'none';
          };
        },
      };
    },
    teardown: ({ stop }) => stop(),
  });
});
