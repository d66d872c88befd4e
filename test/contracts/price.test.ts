import { expect } from 'chai';
import { type Address, decodeAbiParameters, maxUint256 } from 'viem';
import { type Anvil, startAnvil } from './anvil.js';
import { readArtifact } from './artifact.js';
import { ANYONE } from './scenario.js';
import { type Deployed, type Outcome, TestChain } from './test-chain.js';
import { readCases } from './vectors.js';

const STANDARD_TOKEN = 0;
const PLAN = 1n;

interface PriceCase {
  readonly id: string;
  readonly expect: 'ok' | 'fail';
  readonly kind: 'stablecoin' | 'pair';
  readonly token_decimals: number;
  readonly stablecoin_decimals?: number;
  readonly token_reserve?: string;
  readonly stablecoin_reserve?: string;
  readonly price_per_day_cents: number;
  readonly days: number;
  readonly slippage_bps?: number;
  readonly min_liquidity?: string;
  readonly amount?: string;
  readonly token_price_cents?: string;
  readonly error?: string;
}

describe('prices', function () {
  this.timeout(60_000);
  let anvil: Anvil;
  let chain: TestChain;
  let shop: Deployed;

  before(async () => {
    anvil = await startAnvil();
    chain = new TestChain(anvil.url);
    await chain.freezeClock();
  });
  after(() => anvil?.stop());
  beforeEach(async () => {
    shop = await chain.deploy(readArtifact('BlockhostSubscriptions'), ANYONE, []);
  });

  const call = (to: Deployed, name: string, ...args: unknown[]) => ({ from: ANYONE, to, name, args });
  const set = (name: string, ...args: unknown[]) => chain.send(call(shop, name, ...args));
  const token = (decimals: number) =>
    chain.deploy(readArtifact('testing/TestToken'), ANYONE, [decimals, STANDARD_TOKEN]);

  /** Offers the payment method of a vector and returns its id and its token. */
  async function offer(
    vector: PriceCase,
    tokenFirst: boolean,
  ): Promise<{ method: bigint; paidIn: Deployed }> {
    const paidIn = await token(vector.token_decimals);
    await set('createPlan', 'Basic', BigInt(vector.price_per_day_cents));
    if (vector.kind === 'stablecoin') {
      await set('setPrimaryStablecoin', paidIn.address);
      return { method: 1n, paidIn };
    }
    const stablecoin = await token(vector.stablecoin_decimals ?? 0);
    const reserves = [BigInt(vector.token_reserve ?? 0), BigInt(vector.stablecoin_reserve ?? 0)];
    const tokens: Address[] = [paidIn.address, stablecoin.address];
    if (!tokenFirst) [reserves, tokens].map((order) => order.reverse());
    const pair = await chain.deploy(readArtifact('testing/TestPair'), ANYONE, tokens);
    await chain.send(call(pair, 'setReserves', ...reserves));
    await set('setSlippageBps', BigInt(vector.slippage_bps ?? 0));
    await set('setMinLiquidity', BigInt(vector.min_liquidity ?? 0));
    await set('addPaymentMethod', paidIn.address, pair.address, stablecoin.address);
    return { method: 2n, paidIn };
  }

  const quote = (name: string, ...args: unknown[]) => chain.simulate(call(shop, name, ...args));

  for (const vector of readCases<PriceCase>('price')) {
    const { id, kind, days } = vector;
    for (const tokenFirst of kind === 'pair' ? [true, false] : [true]) {
      const order = kind === 'pair' ? `, the token ${tokenFirst ? 'first' : 'second'} in the pair` : '';

      if (vector.expect === 'ok') {
        it(`of ${id} are exact${order}`, async () => {
          const { method } = await offer(vector, tokenFirst);
          expect(uint(await quote('calculatePayment', PLAN, BigInt(days), method))).to.equal(vector.amount);
          if (vector.token_price_cents !== undefined) {
            expect(uint(await quote('getTokenPriceUsdCents', method))).to.equal(vector.token_price_cents);
          }
        });
      } else if (vector.error === 'UnsupportedDecimals') {
        it(`of ${id} never arise: the token is refused`, async () => {
          const unsupported = await token(vector.token_decimals);
          expect(error(await quote('setPrimaryStablecoin', unsupported.address))).to.equal(vector.error);
        });
      } else {
        it(`of ${id} are refused to a buyer as ${vector.error}${order}`, async () => {
          const { method, paidIn } = await offer(vector, tokenFirst);
          await chain.send(call(paidIn, 'approve', shop.address, maxUint256));
          const purchase = await quote('buySubscription', PLAN, BigInt(days), method, '0x');
          expect(error(purchase)).to.equal(vector.error);
        });
      }
    }
  }
});

function data(outcome: Outcome) {
  if (!('data' in outcome)) throw new Error(`reverted with ${outcome.revert.name}`);
  return outcome.data;
}

function uint(outcome: Outcome): string {
  return String(decodeAbiParameters([{ type: 'uint256' }], data(outcome))[0]);
}

function error(outcome: Outcome): string {
  return 'revert' in outcome ? outcome.revert.name : 'nothing';
}
