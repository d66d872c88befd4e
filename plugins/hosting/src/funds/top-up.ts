import type { Address } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import { type FundContext, ownWallets } from './fund-context.js';
import type { FundSettings } from './fund-settings.js';
import type { Transfer } from './operation.js';

/** Step 2: coin for the hot wallet's fees from the server, while that keeps as much itself (engine.md 5.4). */
export async function topUpHotGas(context: FundContext): Promise<void> {
  const { host, settings, treasury } = context;
  if (await treasury.isMoving('step', 'withdraw')) return;
  if ((await treasury.isMoving('token', null)) || (await treasury.isTaken('hot-gas', null))) return;
  const { server, hot } = await ownWallets(host);
  const missing = settings.hotGas - (await treasury.balance(null, hot.address));
  if (missing <= 0n) return;
  const fee = known(await host.chain.funds.transferFee(), 'The fee of a transfer');
  const held = await treasury.balance(null, server.address);
  if (held < 2n * missing + fee) {
    host.log.warn('the server has too little coin to fill the hot wallet up', {
      missing: `${missing}`,
      held: `${held}`,
      remedy: `send coin to ${server.address}`,
    });
    return;
  }
  await treasury.move([
    {
      step: 'hot-gas',
      token: null,
      fromRole: 'server',
      toRole: 'hot',
      to: hot.address,
      amount: missing,
    },
  ]);
}

/**
 * Step 3: stablecoin that the server keeps to buy coin with, from what the hot wallet owes nobody. Until it ended, `held`
 * keeps the stablecoin from being distributed.
 */
export async function fillServerBuffer(context: FundContext, held: Set<Address>): Promise<void> {
  const { treasury } = context;
  const token = await stablecoin(context);
  if (token === null || held.has(token)) return;
  held.add(token);
  if (await treasury.isMoving('token', token)) return;
  const transfers = (await treasury.isTaken('buffer', token)) ? [] : await bufferTransfers(context, token);
  if (await treasury.move(transfers)) held.delete(token);
}

async function bufferTransfers(context: FundContext, token: Address): Promise<readonly Transfer[]> {
  const { host, settings, treasury } = context;
  const { server, hot } = await ownWallets(host);
  const target = await stablecoinAmount(context, token, settings.serverBuffer);
  const missing = target - (await treasury.balance(token, server.address));
  if (missing <= 0n) return [];
  const reserved = (await treasury.owed()).reduce(
    (sum, debt) => sum + (debt.token === token ? debt.amount : 0n),
    0n,
  );
  if ((await treasury.balance(token, hot.address)) - reserved < missing) return [];
  const route = { fromRole: 'hot', toRole: 'server', to: server.address };
  return [{ step: 'buffer', token, ...route, amount: missing }];
}

/** The host's stablecoin; null: none is set. */
export async function stablecoin({ host }: Pick<FundContext, 'host'>): Promise<Address | null> {
  const answer = await host.chain.plans.stablecoin();
  return answer.kind === 'absent' ? null : known(answer, 'The stablecoin');
}

/** A threshold as an amount of stablecoin, whose cents are worth a cent. */
export async function stablecoinAmount(
  { host, settings }: { readonly host: FundContext['host']; readonly settings: Pick<FundSettings, 'unit'> },
  token: Address,
  threshold: bigint,
): Promise<bigint> {
  if (settings.unit === 'base-units') return threshold;
  const { decimals } = known(await host.chain.funds.tokenFacts(token), 'The stablecoin');
  return (threshold * 10n ** BigInt(decimals)) / 100n;
}
