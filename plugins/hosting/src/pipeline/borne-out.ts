import { BlockhostError } from '@blockhost/kernel';
import type { Entry } from './entry.js';
import { known } from './known.js';
import type { StageContext } from './stage.js';

/**
 * Asks the chain whether it still bears out what an entry was queued for, before what cannot be undone: blocks may have
 * been replaced while this host was down, and the entry goes on before the monitor has looked. What does not bear it out
 * may be a node that lags, so the entry waits until the monitor has judged it (engine.md 3.2). Throws
 * `pipeline.not-on-chain`, `pipeline.unreachable`.
 */
export async function borneOut(entry: Entry, { chain }: Pick<StageContext, 'chain'>): Promise<void> {
  const found = await chain.subscriptions.get(BigInt(entry.subscriptionId));
  if (found.kind === 'absent')
    throw notOnChain(`Subscription ${entry.subscriptionId} is not on the chain at this moment.`);
  const { planId, subscriber, cancelled } = known(found, `Subscription ${entry.subscriptionId}`);
  if (String(planId) !== entry.planId || !chain.addresses.same(subscriber, entry.subscriber))
    throw notOnChain(
      `Subscription ${entry.subscriptionId} is another purchase on the chain now: plan ${planId} by ${subscriber}.`,
    );
  if (entry.kind === 'cancel' && !cancelled)
    throw notOnChain(`Subscription ${entry.subscriptionId} is not cancelled on the chain at this moment.`);
}

function notOnChain(sentence: string): BlockhostError {
  return new BlockhostError('pipeline.not-on-chain', sentence, {
    remedy:
      'It waits until the monitor has read the blocks again. If that does not end, look whether the node of this host lags.',
  });
}
