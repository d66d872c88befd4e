import { expect } from 'chai';
import { encodeHex, generatePrivateKey, privateKeyText, publicKeyOf } from '../crypto/index.js';
import {
  type AdminEnvelope,
  type AdminTransport,
  type ChainEngineCapabilities,
  chainEnginePort,
  type Swap,
} from '../ports/chain-engine.js';
import { type ChainBench, valueIn } from './chain-engine-conformance.js';
import { expectRefusal } from './expect-refusal.js';

type Case<T> = (facet: T, bench: ChainBench) => Promise<void>;
type Cases = {
  readonly [C in keyof ChainEngineCapabilities]: Readonly<Record<string, Case<ChainEngineCapabilities[C]>>>;
};

const cases: Cases = {
  swap: {
    'brings what it quotes, and takes no more than it was allowed': exchangeAsQuoted,
    'refuses an exchange that brings less than the minimum, or comes too late': refuseBadExchange,
    'values coins in proportion, and says how much money stands behind the price': async (swap, bench) => {
      if (!bench.subject.hasMarket) return;
      const one = valueIn(await swap.valueOfNative(10n ** 18n));
      expect(one.cents > 0n && one.liquidityCents > 0n).to.equal(true);
      const million = valueIn(await swap.valueOfNative(10n ** 24n));
      expect(million.cents / 1_000_000n).to.equal(one.cents);
      expect(valueIn(await swap.valueOfNative(0n)).cents).to.equal(0n);
    },
    'answers absent where there is no market': async (swap, { engine, subject }) => {
      const { address } = engine.keys.generate();
      expect(await swap.quote(address, 10n ** 6n)).to.deep.equal({ kind: 'absent' });
      if (subject.hasMarket) return;
      expect(await swap.valueOfNative(1n)).to.deep.equal({ kind: 'absent' });
      expect(await swap.approval(address, 1n, address)).to.deep.equal({ kind: 'absent' });
    },
    'answers unknown when the chain cannot be reached': async (swap, { engine, subject }) => {
      if (!subject.hasMarket || !subject.breakChain) return;
      const token = valueIn(await engine.plans.stablecoin());
      const mend = await subject.breakChain();
      try {
        const answers = [
          await swap.quote(token, 1n),
          await swap.approval(token, 1n, subject.owner.address),
          await swap.valueOfNative(1n),
        ];
        expect(answers.map(({ kind }) => kind)).to.deep.equal(['unknown', 'unknown', 'unknown']);
      } finally {
        await mend();
      }
    },
  },
  adminCommands: {
    'finds what it sealed, where the envelope says it was sent': findSealed,
    'passes over whatever else the wallet sent': passOverOthers,
    'answers the same for a range as for its parts, in the order of the chain': async (transport, bench) => {
      const { admin, envelope, from, order } = await office(bench);
      for (const command of ['one', 'two', 'three'])
        await admin.carry(await transport.seal({ ...order, command }, envelope));
      const { height } = valueIn(await bench.engine.blocks.head());
      const whole = await transport.scan(from, height, envelope);
      expect(whole.map(({ command }) => command)).to.deep.equal(['one', 'two', 'three']);
      const parts = [];
      for (let block = from; block <= height; block += 1)
        parts.push(...(await transport.scan(block, block, envelope)));
      expect(parts).to.deep.equal(whole);
      expect(new Set(whole.map(({ nonce }) => nonce)).size, 'nonces').to.equal(3);
    },
    'refuses to scan beyond the head, and an unreachable chain': async (transport, bench) => {
      const { envelope } = await office(bench);
      const { height } = valueIn(await bench.engine.blocks.head());
      await expectRefusal(transport.scan(height, height + 1_000, envelope), 'chain.unreachable');
      const mend = await bench.subject.breakChain?.();
      if (!mend) return;
      try {
        await expectRefusal(transport.scan(height, height, envelope), 'chain.unreachable');
      } finally {
        await mend();
      }
    },
    'names an address for orders that nobody shall receive': async ({ nobody }, { engine }) => {
      expect(engine.addresses.parse(nobody)).to.equal(nobody);
    },
  },
};

/** Cases of what only some chains have. Declared means it works; not declared means it refuses. */
export function chainCapabilityCases(bench: () => ChainBench, declared: readonly string[] | undefined): void {
  for (const capability of ['swap', 'adminCommands'] as const) {
    if (declared && !declared.includes(capability)) {
      describe(`${capability}, which is not declared`, () => {
        it('is refused as not supported', () => expectNotSupported(bench(), capability));
      });
      continue;
    }
    describe(declared ? capability : `${capability}, when it is there`, () => {
      for (const [title, body] of Object.entries<Case<never>>(cases[capability]))
        it(title, async function () {
          const facet = bench().engine[capability];
          if (!facet && !declared) return this.skip();
          await body(facet as never, bench());
        });
    });
  }
}

async function expectNotSupported(
  { engine }: ChainBench,
  capability: keyof ChainEngineCapabilities,
): Promise<void> {
  const facet = engine[capability] as Readonly<Record<string, unknown>> | undefined;
  for (const member of chainEnginePort.capabilities[capability] ?? []) {
    const verb = facet?.[member.slice(capability.length + 1)];
    // The kernel refuses for a plugin that does not have the member at all.
    if (typeof verb === 'function') await expectRefusal((async () => verb())(), 'port.not-supported');
  }
}

/** The owner, with stablecoins that a customer has paid. */
async function wealthyOwner({ engine, send, subject }: ChainBench) {
  const { funds, plans } = engine;
  const token = valueIn(await plans.stablecoin());
  const planId = valueIn(await plans.createdIn(await send(plans.create('For the market', 100n))));
  const serverPublicKey = encodeHex(publicKeyOf(generatePrivateKey()));
  const order = { planId, days: 30, serverPublicKey, publicSecret: 'conformance' };
  await (await subject.newCustomer()).buy(order);
  await send(funds.withdraw(token, subject.owner.address));
  return { token, owner: subject.owner.address, amount: 10n ** 7n };
}

async function deadlineAfter({ engine }: ChainBench, seconds: number): Promise<number> {
  return valueIn(await engine.blocks.head()).timestamp + seconds;
}

async function exchangeAsQuoted(swap: Swap, bench: ChainBench): Promise<void> {
  if (!bench.subject.hasMarket) return;
  const { engine, send } = bench;
  const { token, owner, amount } = await wealthyOwner(bench);
  const quote = valueIn(await swap.quote(token, amount));
  expect(quote > 0n).to.equal(true);
  for (const allowed of [amount - 1n, amount])
    for (const draft of valueIn(await swap.approval(token, allowed, owner))) await send(draft);
  expect(await swap.approval(token, amount, owner)).to.deep.equal({ kind: 'absent' });
  expect((await swap.approval(token, amount + 1n, owner)).kind).to.equal('present');

  const before = valueIn(await engine.funds.tokenBalance(token, owner));
  const to = engine.keys.generate().address;
  const deadline = await deadlineAfter(bench, 3_600);
  await send(swap.exchange({ token, amount, minimumOut: quote, to, deadline }));
  expect(valueIn(await engine.funds.nativeBalance(to))).to.equal(quote);
  expect(valueIn(await engine.funds.tokenBalance(token, owner))).to.equal(before - amount);
  expect((await swap.approval(token, 1n, owner)).kind, 'it was allowed no more').to.equal('present');
}

async function refuseBadExchange(swap: Swap, bench: ChainBench): Promise<void> {
  if (!bench.subject.hasMarket) return;
  const { engine, send, subject } = bench;
  const { token, owner, amount } = await wealthyOwner(bench);
  const quote = valueIn(await swap.quote(token, amount));
  for (const draft of valueIn(await swap.approval(token, amount, owner))) await send(draft);
  const order = { token, amount, to: owner, minimumOut: 0n, deadline: await deadlineAfter(bench, 3_600) };
  for (const bad of [
    { ...order, minimumOut: quote + 1n },
    { ...order, deadline: await deadlineAfter(bench, -1) },
  ])
    await expectRefusal(engine.transactions.sign(swap.exchange(bad), subject.owner), 'chain.would-revert');
}

/** An administrator with a wallet, and the host it orders about. */
async function office({ engine, subject }: ChainBench) {
  const admin = await subject.newCustomer();
  const envelope: AdminEnvelope = {
    wallet: admin.address,
    destination: 'self',
    serverKey: privateKeyText(generatePrivateKey()),
    sharedKey: 'ab'.repeat(32),
  };
  const { height, timestamp } = valueIn(await engine.blocks.head());
  const order = { command: 'open sesame', parameters: { ports: [22], source: '::1' }, issuedAt: timestamp };
  return { admin, envelope, order, from: height + 1 };
}

async function findSealed(transport: AdminTransport, bench: ChainBench): Promise<void> {
  const { admin, envelope, from, order } = await office(bench);
  const { blocks, keys } = bench.engine;
  const elsewhere = { address: keys.generate().address };
  const sealed = await transport.seal(order, { ...envelope, destination: elsewhere });
  expect(sealed.to).to.equal(elsewhere.address);
  await admin.carry(sealed);
  const { height } = valueIn(await blocks.head());
  const found = (change: Partial<AdminEnvelope>) => transport.scan(from, height, { ...envelope, ...change });

  const [one, ...more] = await found({ destination: elsewhere });
  expect(more).to.deep.equal([]);
  expect(one).to.include({ command: order.command });
  expect(one?.parameters).to.deep.equal(order.parameters);
  expect(one?.nonce).to.match(/^[A-Za-z0-9-]{1,64}$/);
  expect(one?.minedAt).to.equal(valueIn(await blocks.at(one?.height ?? 0)).timestamp);
  if (one && 'timestamp' in one.freshness) expect(one.freshness.timestamp).to.equal(order.issuedAt);
  expect(await found({ destination: 'any' })).to.deep.equal([one]);
  expect(await found({ destination: 'self' })).to.deep.equal([]);
  expect(await found({ destination: { address: transport.nobody } })).to.deep.equal([]);
  expect(await found({ destination: elsewhere, wallet: bench.subject.owner.address })).to.deep.equal([]);
  const strange = { serverKey: privateKeyText(generatePrivateKey()), sharedKey: 'cd'.repeat(32) };
  expect(await found({ destination: elsewhere, ...strange })).to.deep.equal([]);
}

async function passOverOthers(transport: AdminTransport, bench: ChainBench): Promise<void> {
  const { admin, envelope, from, order } = await office(bench);
  const { data } = await transport.seal(order, envelope);
  for (const junk of ['0x', '0x00', '0x0102030405', `0x${'ff'.repeat(9_000)}`, data.slice(0, -2)] as const)
    await admin.carry({ to: admin.address, data: junk as typeof data });
  const thief = await bench.subject.newCustomer();
  await thief.carry({ to: admin.address, data });
  const { height } = valueIn(await bench.engine.blocks.head());
  expect(await transport.scan(from, height, envelope)).to.deep.equal([]);
}
