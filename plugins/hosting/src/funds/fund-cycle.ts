import type { Address } from '@blockhost/kernel';
import { distribute } from './distribute.js';
import type { FundContext } from './fund-context.js';
import { fillServerBuffer, topUpHotGas } from './top-up.js';
import { withdraw } from './withdraw.js';

/** Steps 1 to 5 (engine.md 5.4). What fails becomes a problem and keeps its own token back, never another one. */
export async function fundCycle(context: FundContext): Promise<void> {
  const { problems, signal } = context;
  const held = new Set<Address>();
  await problems.within('withdrawing', signal, () => withdraw(context, held));
  await problems.within('filling up the hot wallet', signal, () => topUpHotGas(context));
  await problems.within('filling the server’s buffer', signal, () => fillServerBuffer(context, held));
  await problems.within('sharing', signal, () => distribute(context, held));
}
