import type { Accounts } from '@blockhost/kernel';
import type { Address, PublicClient } from 'viem';
import { known } from './address-codec.js';
import { type Nodes, presence } from './nodes.js';

export function accounts(nodes: Nodes): Accounts {
  return {
    // That there is no code, only a node says that is not behind: the contract may be young.
    isContract: (address) =>
      presence(async () => {
        const code = await nodes.find((node) => codeAt(node, known(address)));
        return code !== null;
      }),
  };
}

async function codeAt(node: PublicClient, address: Address): Promise<string | null> {
  const code = await node.getCode({ address });
  if (code === null) throw new Error('it answers nothing');
  return code ?? null;
}
