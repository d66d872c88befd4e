import { expect } from 'chai';
import { ToolsHost } from './tools-host.js';

const COIN = 10n ** 18n;
const STABLE = 10n ** 6n;

interface Verb {
  readonly program: 'blockhost' | 'bw';
  words(host: ToolsHost): readonly string[];
  /** What it leaves behind: the same after once, twice, and twice at the same moment. */
  state(host: ToolsHost): Promise<unknown>;
}

const money = async (host: ToolsHost) => ({
  admin: await host.stable((await host.book()).admin?.address ?? ''),
  hot: await host.stable(host.hot.address),
  server: await host.stable(host.server.address),
  contract: await host.stable(host.contracts.subscriptions),
  sent: [await host.nonce(host.hot.address), await host.nonce(host.server.address)],
});

const VERBS: Readonly<Record<string, Verb>> = {
  'funds run': { program: 'blockhost', words: () => ['funds', 'run'], state: money },
  'config stable': {
    program: 'bw',
    words: ({ market }) => ['config', 'stable', market.section.weth],
    state: async (host) => (await host.bw('config', 'stable')).stdout,
  },
};

describe('a command that moves money or sets something on the chain', function () {
  this.timeout(60_000);
  let host: ToolsHost;
  before(async () => {
    host = await ToolsHost.start();
    await host.give(host.hot.address, 10n * COIN);
  });
  after(() => host.stop());
  beforeEach(async () => {
    await host.begin();
    await host.giveStable(host.contracts.subscriptions, 700n * STABLE);
  });
  afterEach(() => host.end());

  for (const [name, { program, words, state }] of Object.entries(VERBS)) {
    let once: unknown;
    const call = () => host.run(program, words(host));

    it(`ends as if called once when it is called twice: ${name}`, async () => {
      const before = await state(host);
      const first = await call();
      expect(first.code, first.stderr).to.equal(0);
      once = await state(host);
      expect(once).to.not.deep.equal(before);
      const second = await call();
      expect(second.code, second.stderr).to.equal(0);
      expect(await state(host)).to.deep.equal(once);
    });

    it(`ends as if called once when it is called twice at the same moment: ${name}`, async () => {
      const both = await Promise.all([call(), call()]);
      const told = both.map(({ stderr }) => stderr).join();
      expect(
        both.map(({ code }) => code),
        told,
      ).to.include(0);
      expect(await state(host)).to.deep.equal(once);
    });
  }
});
