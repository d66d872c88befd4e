import type { Accounts } from '@blockhost/kernel';
import { known } from './address-codec.js';
import { type Nodes, presence } from './nodes.js';

export function accounts(nodes: Nodes): Accounts {
  return {
    // No code is an answer of a node that is not behind: the contract may be young.
    isContract: (address) =>
      presence(async () => {
        const found = await nodes.find(async (node) =>
          (await node.getCode({ address: known(address) })) === undefined ? null : true,
        );
        return found ?? false;
      }),
  };
}
