import { type Anvil, startAnvil } from './anvil.js';
import { builtContractOf, playScenario, type ScenarioCase } from './scenario.js';
import { TestChain } from './test-chain.js';
import { readCases } from './vectors.js';

const FILES = [
  'access-credential-nft',
  'subscriptions',
  'additions',
  'hardening',
  'broker-registry',
  'broker-requests',
];

describe('contract scenarios', function () {
  this.timeout(60_000);
  let anvil: Anvil;
  let chain: TestChain;
  let restore: () => Promise<void>;

  before(async () => {
    anvil = await startAnvil();
    chain = new TestChain(anvil.url);
    await chain.freezeClock();
  });
  after(() => anvil?.stop());
  beforeEach(async () => {
    restore = await chain.snapshot();
  });
  afterEach(() => restore());

  for (const file of FILES) {
    for (const scenario of readCases<ScenarioCase>(`scenario-${file}`)) {
      it(`${builtContractOf(scenario)} does what every step of ${file}/${scenario.id} requires`, () =>
        playScenario(chain, scenario));
    }
  }
});
