import { CONFIG } from '@blockhost/kernel';
import { WEB3_DEFAULTS_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { CrashHost, vmNameOf } from '../failpoints/crash-host.js';
import { FaultProxy } from './fault-proxy.js';
import { SEEDS } from './seeds.js';

/** Each failed look at the chain is followed by a pause twice as long (engine.md 3.2): five in a row take minutes. */
const REST_MS = 240_000;

/** `SEEDS=100..199` runs others in place of the kept ones. */
function chosen(text: string | undefined): readonly { readonly seed: number; readonly found?: string }[] {
  const [, from, to] = /^(\d+)\.\.(\d+)$/.exec(text ?? '') ?? [];
  if (from === undefined || to === undefined) return SEEDS;
  return Array.from({ length: Number(to) - Number(from) + 1 }, (_, index) => ({
    seed: Number(from) + index,
  }));
}

describe('a host whose node answers badly', function () {
  this.timeout(REST_MS + 60_000);
  let host: CrashHost;

  before(() => CrashHost.create().then((made) => (host = made)));
  afterEach(() => host.clear());
  after(() => host.dispose());

  for (const { seed, found } of chosen(process.env.SEEDS))
    it(`serves a purchase and its extension once, seed ${seed}${found ? ` (${found})` : ''}`, async () => {
      const proxy = await FaultProxy.start(host.ready.devnet.rpcUrl, { seed, percent: 30, longestRun: 3 });
      const config = await host.ready.kernel.get(CONFIG);
      await config.update(WEB3_DEFAULTS_YAML, (present) => ({
        ...present,
        blockchain: { ...present?.blockchain, rpc_url: proxy.url },
      }));
      try {
        const purchase = await host.buy();
        await host.onchain.extend(purchase, 10);
        await host.runToRest(REST_MS);
        await host.checkInvariants(purchase);
        const subscription = await host.ready.engine.subscriptions.get(purchase.subscriptionId);
        const record = await host.vms.get(vmNameOf(purchase));
        expect(subscription).to.have.nested.property(
          'value.expiresAt',
          Date.parse(record?.expiresAt ?? '') / 1_000,
        );
        expect(proxy.made).to.have.length.above(5);
      } catch (error) {
        throw new Error(`Faults of seed ${seed}:\n  ${proxy.made.join('\n  ')}`, { cause: error });
      } finally {
        await proxy.stop();
      }
    });
});
