import { type Address, BlockhostError, type PaymentMethod } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import { type FundContext, ownWallets } from './fund-context.js';
import type { Transfer } from './operation.js';

/**
 * Step 1: what customers paid goes from the contract to the hot wallet, where it is worth the fee (engine.md 5.4). `held`
 * gets the tokens with which that did not end: their balances say nothing yet.
 */
export async function withdraw(context: FundContext, held: Set<Address>): Promise<void> {
  const { host, treasury, problems, signal } = context;
  const contract = host.chain.chain.contracts?.subscriptions;
  if (!contract)
    throw new BlockhostError('funds.no-contract', 'The host has no contract to withdraw from.', {
      remedy: 'Finish the set-up, or name the contract in web3-defaults.yaml.',
    });
  const { hot } = await ownWallets(host);
  const methods = known(await host.chain.funds.paymentMethods(), 'The list of payment methods');
  for (const method of distinct(methods.filter(({ active }) => active))) {
    const { token } = method;
    await problems.within(`withdrawing ${token}`, signal, async () => {
      held.add(token);
      if (await treasury.isMoving('token', token)) return;
      const amount = (await treasury.isTaken('withdraw', token))
        ? 0n
        : await treasury.balance(token, contract);
      const worthIt = amount > 0n && (await isWorthIt(context, method, amount));
      const route = { fromRole: 'server', toRole: 'hot', to: hot.address };
      const transfers: Transfer[] = worthIt ? [{ step: 'withdraw', token, ...route, amount }] : [];
      if (await treasury.move(transfers)) held.delete(token);
    });
  }
}

async function isWorthIt(
  { host, settings }: FundContext,
  method: PaymentMethod,
  amount: bigint,
): Promise<boolean> {
  if (settings.unit === 'base-units') return amount >= settings.minimumWithdrawal;
  const worth = await host.chain.funds.valueInCents(method, amount);
  if (worth.kind !== 'absent') return known(worth, 'The worth of the payments') >= settings.minimumWithdrawal;
  host.log.warn('payments of unknown worth stay in the contract', {
    token_address: method.token,
    amount: `${amount}`,
  });
  return false;
}

/** One method for each token. */
function distinct(methods: readonly PaymentMethod[]): readonly PaymentMethod[] {
  return [...new Map(methods.toReversed().map((method) => [method.token, method])).values()].reverse();
}
