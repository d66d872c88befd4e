import { expect } from 'chai';
import { chainEngineConformance } from './chain-engine-conformance.js';
import { FakeChain } from './fake-chain.js';
import type { FakeTransaction } from './fake-ledger.js';

const receipt = ({ hash }: FakeTransaction) => ({ transactionHash: hash });

describe('FakeChain', () => {
  chainEngineConformance({
    capabilities: ['swap', 'adminCommands'],
    async setup() {
      const engine = new FakeChain();
      const owner = engine.ownerKey.key;
      const stablecoin = `fake1${'b'.repeat(38)}`;
      engine.setFee(21n);
      engine.setMarket({ centsPerCoin: 250_000n, liquidityCents: 100_000_000n });
      engine.send(owner, { do: 'set-stablecoin', token: stablecoin });
      engine.send(owner, { do: 'create-plan', name: 'Small', price: 50n });
      let customers = 0;
      return {
        engine,
        owner,
        hasMarket: true,
        async newCustomer() {
          customers += 1;
          const customer = engine.customer(customers);
          return {
            address: customer.key.address,
            sign: (message) => engine.messages.sign(message, customer.key),
            async buy({ planId, days, serverPublicKey, publicSecret }) {
              const signature = await engine.messages.sign(publicSecret, customer.key);
              const userEncrypted = engine.cipher.sealPurchase(serverPublicKey, signature);
              return customer.buy({ planId, days, userEncrypted });
            },
            extend: async ({ subscriptionId, days }) => customer.extend(subscriptionId, days),
            transfer: async ({ tokenId, to }) => receipt(customer.transfer(tokenId, to)),
            burn: async ({ tokenId }) => receipt(customer.burn(tokenId)),
            carry: async ({ to, data }) => receipt(engine.send(customer.key, { do: 'carry', to, data })),
          };
        },
        async breakChain() {
          engine.faults.unreachable = true;
          return async () => {
            engine.faults.unreachable = false;
          };
        },
      };
    },
  });

  it('replaces its youngest blocks and keeps or loses their transactions, as told', () => {
    const chain = new FakeChain();
    const alice = chain.customer(1);
    chain.send(chain.ownerKey.key, { do: 'create-plan', name: 'Small', price: 1n });
    const { hash } = alice.buy({ planId: 1n, days: 1, userEncrypted: '0x' });
    const before = chain.ledger.head;
    chain.ledger.reorganise(1, 'kept');
    expect(chain.ledger.at(before.height)?.hash).to.not.equal(before.hash);
    expect(chain.ledger.minedAt(hash)).to.deep.equal({ height: before.height, success: true });
    chain.ledger.reorganise(2, 'lost');
    expect(chain.ledger.minedAt(hash)).to.equal(undefined);
    expect(chain.ledger.contracts.subscriptions).to.deep.equal([]);
  });

  it('is the same in every run', () => {
    const [one, two] = [new FakeChain(), new FakeChain()];
    for (const chain of [one, two]) chain.ledger.mine(3);
    expect(one.ledger.head).to.deep.equal(two.ledger.head);
  });
});
