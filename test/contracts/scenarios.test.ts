import { expect } from 'chai';
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

/** Cases about contracts that do not exist yet. Each leaves this list with its contract. */
const NOT_COVERED = {
  BrokerRegistry: [
    'additions/registry-input-rules',
    'hardening/remove-stale-entry-unregisters-current',
    'hardening/remove-twice-clears-foreign-mapping',
    'broker-registry/*',
  ],
  BrokerRequests: [
    'additions/requests-release-by-nft-owner',
    'additions/requests-payload-limit',
    'additions/requests-ownership',
    'additions/requests-orphan-lifecycle',
    'hardening/orphan-pending-clears-newer-request',
    'hardening/orphan-pending-underflow',
    'broker-requests/*',
  ],
};

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

  const uncovered: string[] = [];
  for (const file of FILES) {
    for (const scenario of readCases<ScenarioCase>(`scenario-${file}`)) {
      const contract = builtContractOf(scenario);
      if (contract === undefined) {
        uncovered.push(`${file}/${scenario.id}`);
      } else {
        it(`${contract} does what every step of ${file}/${scenario.id} requires`, () =>
          playScenario(chain, scenario));
      }
    }
  }

  it('leaves out only the scenarios of contracts that are not built yet', () => {
    const wholeFile = (id: string) => id.replace(/^(broker-[a-z]+)\/.*/, '$1/*');
    expect(new Set(uncovered.map(wholeFile))).to.deep.equal(new Set(Object.values(NOT_COVERED).flat()));
  });
});
