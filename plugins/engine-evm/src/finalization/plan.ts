import { BlockhostError, type FinalizationStep } from '@blockhost/kernel';
import { ensureOnChain } from '../ensure-on-chain.js';
import { known } from '../known.js';
import { recordWallets } from './addressbook.js';
import { answersOf, stablecoinOf } from './answers.js';
import { configuredEngine, deployer } from './host.js';

/** Accepts the stablecoin and offers the first plan; what the contract already has is left as it is. */
export const plan: FinalizationStep = {
  id: 'plan',
  label: 'Offer the first plan',
  timeoutMs: 720_000,
  async run(context) {
    const answers = answersOf(context);
    const engine = await configuredEngine(context);
    const key = await deployer(context);
    const { plan_name: name, plan_price_cents: price } = answers;
    const stablecoin = stablecoinOf(answers);
    await recordWallets(context);

    if (known('The stablecoin', await engine.funds.tokenFacts(stablecoin)) === null)
      throw new BlockhostError(
        'setup.no-token',
        `There is no token at ${stablecoin} on ${engine.chain.displayName}.`,
        {
          remedy: 'Correct blockchain.stablecoin.',
        },
      );
    await ensureOnChain(context, {
      name: 'stablecoin',
      engine,
      key,
      look: async () => {
        const present = known('The stablecoin', await engine.plans.stablecoin());
        return present === stablecoin ? present : null;
      },
      draft: () => engine.plans.setStablecoin(stablecoin),
      read: async () => stablecoin,
    });

    const planId = await ensureOnChain(context, {
      name: 'plan',
      engine,
      key,
      look: async () => {
        const plans = known('The list of plans', await engine.plans.list()) ?? [];
        const same = plans.find(
          (one) => one.active && one.name === name && one.priceCentsPerDay === BigInt(price),
        );
        return same?.id ?? null;
      },
      draft: () => engine.plans.create(name, BigInt(price)),
      read: async ({ transaction }) => {
        const made = known('The plan', await engine.plans.createdIn(transaction));
        if (made !== null) return made;
        throw new BlockhostError('chain.no-plan', `The transaction ${transaction.hash} made no plan.`);
      },
    });
    return {
      status: 'completed',
      data: { plan_id: String(planId), plan_name: name, plan_price_cents: String(price), stablecoin },
    };
  },
};
