import type { Address, Swap } from '@blockhost/kernel';
import { known } from '../pipeline/known.js';
import type { SigningWallet } from '../wallets/address-book.js';
import type { FundContext } from './fund-context.js';
import { stablecoin, stablecoinAmount } from './top-up.js';

const HOUR = 3_600_000;
const BETWEEN_SWAPS_MS = 6 * HOUR;
/** A price with less stablecoin than this behind it is easily moved by somebody who wants the host to sell badly. */
const LEAST_LIQUIDITY_CENTS = 1_000_000n;
const DEADLINE_S = 300;
const WHOLE_BPS = 10_000n;

/** Steps 2 to 5 of the gas check: when the server's coin runs short, some of its stablecoin is sold for coin (engine.md 5.6). */
export async function swapForGas(context: FundContext, server: SigningWallet): Promise<void> {
  const { host, treasury } = context;
  const { swap } = host.chain;
  if (!(await isShort(context, server)) || !swap) return;
  if (await treasury.isMoving('token', null)) return;
  const token = await stablecoin(context);
  if (token === null || (await treasury.isMoving('token', token))) return;

  const amount = await stablecoinAmount(context, token, context.settings.swapAmount);
  const held = await treasury.balance(token, server.address);
  if (held < amount || amount === 0n) {
    host.log.warn('the server has too little stablecoin to buy coin with', {
      needed: `${amount}`,
      held: `${held}`,
      remedy: `send coin to ${server.address}`,
    });
    return;
  }
  if (await swappedLately(context)) return;
  await exchange(context, swap, { token, amount, server: server.address });
}

/** The server's coin is worth less than the threshold, by a price that can be trusted. */
async function isShort(context: FundContext, server: SigningWallet): Promise<boolean> {
  const { host, settings, treasury } = context;
  const coin = await treasury.balance(null, server.address);
  if (settings.unit === 'base-units') {
    // Nothing tells what the coin is worth: a person decides.
    if (coin < settings.lowGas)
      host.log.warn('the server runs out of coin', {
        held: `${coin}`,
        remedy: `send coin to ${server.address}`,
      });
    return false;
  }
  const worth = await host.chain.swap?.valueOfNative(coin);
  if (worth === undefined || worth.kind === 'absent') return false;
  const { cents, liquidityCents } = known(worth, 'The price of the coin');
  if (cents >= settings.lowGas) return false;
  if (liquidityCents >= LEAST_LIQUIDITY_CENTS) return true;
  host.log.warn('the market is too small for its price to be trusted; no coin is bought', {
    liquidityCents: `${liquidityCents}`,
    remedy: `send coin to ${server.address}`,
  });
  return false;
}

async function swappedLately({ host, treasury }: FundContext): Promise<boolean> {
  const last = await treasury.lastMoved('swap');
  const now = host.clock.now();
  return last !== null && last <= now && now - last < BETWEEN_SWAPS_MS;
}

async function exchange(
  { host, settings, treasury }: FundContext,
  swap: Swap,
  { token, amount, server }: { readonly token: Address; readonly amount: bigint; readonly server: Address },
): Promise<void> {
  const own = { token, fromRole: 'server', toRole: 'server', to: server, amount };
  const allow = await swap.approval(token, amount, server);
  if (allow.kind !== 'absent')
    for (const draft of known(allow, 'The allowance of the market'))
      if (!(await treasury.move([{ step: 'approve', ...own }], () => draft))) return;
  const quote = await swap.quote(token, amount);
  if (quote.kind === 'absent') return;
  const quoted = known(quote, 'The price of the coin');
  const minimumOut = (quoted * (WHOLE_BPS - settings.slippageBps)) / WHOLE_BPS;
  const head = known(await host.chain.blocks.head(), 'The head of the chain');
  // The chain's clock judges; an idle chain shows the time of its last block.
  const deadline = Math.max(Math.floor(host.clock.now() / 1_000), head.timestamp) + DEADLINE_S;
  await treasury.move([{ step: 'swap', ...own }], () =>
    swap.exchange({ token, amount, minimumOut, to: server, deadline }),
  );
}
