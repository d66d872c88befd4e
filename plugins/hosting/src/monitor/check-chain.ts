import { BlockhostError } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';

/**
 * Is this the chain and are these the contracts that the host was set up for (engine.md 3.1)? Throws what no waiting mends:
 * `chain.wrong-chain`, `hosting.no-contract`; and `chain.unreachable` when nobody can say yet.
 */
export async function checkChain({ chain }: Pick<Host, 'chain'>, signal: AbortSignal): Promise<void> {
  const { contracts, displayName } = chain.chain;
  if (contracts === null)
    throw new BlockhostError('hosting.not-set-up', 'This host has no contracts on the chain yet.', {
      remedy: 'Run `blockhost setup` first.',
    });
  // Reading a block is what tells a wrong chain from one that is away.
  await chain.blocks.scan(contracts.deployHeight, contracts.deployHeight, signal);
  for (const [what, address] of [
    ['subscription contract', contracts.subscriptions],
    ['credential contract', contracts.credentials],
  ] as const) {
    const found = await chain.accounts.isContract(address);
    if (found.kind === 'unknown') throw new BlockhostError('chain.unreachable', found.reason);
    if (found.kind === 'absent' || !found.value)
      throw new BlockhostError(
        'hosting.no-contract',
        `There is no ${what} at ${address} on ${displayName}.`,
        {
          remedy:
            'Correct the address in web3-defaults.yaml, or point the host at the chain on which it was set up.',
        },
      );
  }
}

/** No waiting mends these: the monitor ends with them. */
export const FATAL = ['chain.wrong-chain', 'hosting.no-contract', 'hosting.not-set-up'];
