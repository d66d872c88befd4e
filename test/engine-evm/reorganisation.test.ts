import { join } from 'node:path';
import {
  acquireLock,
  type ChainEngine,
  hasCode,
  type SignedTransaction,
  settle,
  systemClock,
} from '@blockhost/kernel';
import { expect } from 'chai';
import { rpc } from './evm-host.js';
import { found, publicSecret, type ReadyHost, readyHost } from './ready-host.js';

const serverPublicKey =
  '0x044c8b67b76f6a6172d944d4141d96717b16dc33f395e2e2d4195eb01b8d9ce7797842883b4680a4dc16c79bd25843bc069590ac556ecc441111ffeac716f04229';

describe('transactions on a chain that changes its mind', function () {
  this.timeout(30_000);
  let host: ReadyHost;
  let engine: ChainEngine;

  before(async () => {
    host = await readyHost();
    engine = await host.engineVia([host.devnet.rpcUrl], { confirmations: 3 });
  });
  after(() => host.stop());
  afterEach(async () => {
    await call('evm_setAutomine', [true]);
    await call('evm_mine');
  });

  const call = <T>(method: string, params: readonly unknown[] = []) =>
    rpc<T>(host.devnet.rpcUrl, method, params);
  const mine = (blocks: number) => call('anvil_mine', [blocks]);
  const sign = (name: string) => engine.transactions.sign(engine.plans.create(name, 10n), host.owner);
  /** The node seals a block per transaction, a moment after it has taken it. */
  const mined = async (signed: SignedTransaction) => {
    while ((await engine.transactions.lookup(signed)).state !== 'mined')
      await new Promise((resolve) => setTimeout(resolve, 10));
  };
  const settling = (transaction: SignedTransaction) =>
    settle({
      transactions: engine.transactions,
      draft: { description: 'nothing new', body: null },
      key: host.owner,
      confirmations: 3,
      timeoutMs: 10_000,
      pollMs: 20,
      clock: systemClock,
      signal: AbortSignal.timeout(10_000),
      journal: { load: async () => transaction, save: async () => {} },
      walletLock: (act) => act(),
    });

  it('are pending while the node holds them, and count their confirmations once mined', async () => {
    await call('evm_setAutomine', [false]);
    const signed = await sign('waits in the pool');
    await engine.transactions.broadcast(signed);
    expect(await engine.transactions.lookup(signed)).to.deep.equal({ state: 'pending' });
    await mine(1);
    expect(await engine.transactions.lookup(signed)).to.include({ state: 'mined', confirmations: 1 });
    await mine(2);
    expect(await engine.transactions.lookup(signed)).to.include({ state: 'mined', confirmations: 3 });
  });

  it('are signed with the next free nonce while others wait in the pool', async () => {
    await call('evm_setAutomine', [false]);
    const first = await sign('first of two');
    await engine.transactions.broadcast(first);
    const second = await sign('second of two');
    expect(Number(second.sequence)).to.equal(Number(first.sequence) + 1);
    await engine.transactions.broadcast(second);
    await mine(1);
    for (const signed of [first, second])
      expect(await engine.transactions.lookup(signed)).to.include({ state: 'mined', success: true });
  });

  it('each get a nonce of their own when several are sent at once under the wallet lock', async () => {
    const lock = join(host.root, 'run/blockhost/wallet-test.lock');
    const names = ['one', 'two', 'three', 'four'].map((name) => `at once ${name}`);
    const sent = await Promise.all(
      names.map(async (name) => {
        using _ = await acquireLock(lock, { timeoutMs: 10_000, purpose: name });
        const signed = await sign(name);
        await engine.transactions.broadcast(signed);
        return signed;
      }),
    );
    for (const signed of sent) await mined(signed);
    expect(new Set(sent.map(({ sequence }) => sequence)).size).to.equal(names.length);
    expect(found(await engine.plans.list()).map(({ name }) => name)).to.include.members(names);
  });

  it('are neither mined nor superseded while the block that took their nonce is not confirmed', async () => {
    const lost = await sign('loses');
    const winner = await sign('wins');
    await engine.transactions.broadcast(winner);
    await mined(winner);
    expect(await engine.transactions.lookup(lost)).to.have.property('state', 'unknown');
    await mine(2);
    expect(await engine.transactions.lookup(lost)).to.deep.equal({ state: 'superseded' });
  });

  it('are unseen after their block was reorganised away, and settle when the same bytes are handed in again', async () => {
    const snapshot = await call<string>('evm_snapshot');
    const signed = await sign('dropped by a reorganisation');
    await engine.transactions.broadcast(signed);
    await mined(signed);
    await call('evm_revert', [snapshot]);
    await mine(2);
    expect(await engine.transactions.lookup(signed)).to.deep.equal({ state: 'unseen' });

    const settled = settling(signed);
    const timer = setInterval(() => void mine(1), 50);
    const { transaction, confirmations } = await settled.finally(() => clearInterval(timer));
    expect(transaction.hash).to.equal(signed.hash);
    expect(confirmations).to.be.at.least(3);
    const plans = found(await engine.plans.list()).filter(
      ({ name }) => name === 'dropped by a reorganisation',
    );
    expect(plans).to.have.length(1);
  });

  it('show other hashes for the same heights after a reorganisation, and the events of the new branch only', async () => {
    const customer = await host.devnet.customer('reorganised');
    const subscriptions = engine.chain.contracts?.subscriptions ?? '';
    const fork = found(await engine.blocks.head());
    const snapshot = await call<string>('evm_snapshot');
    await customer.buy({ subscriptions, planId: 1n, days: 5, serverPublicKey, publicSecret });
    const dead = found(await engine.blocks.head());
    const before = await engine.blocks.scan(fork.height + 1, dead.height);
    expect(before.events.map(({ type }) => type)).to.include('subscription-created');

    await call('evm_revert', [snapshot]);
    await call('evm_increaseTime', [77]);
    await mine(dead.height - fork.height);
    const after = await engine.blocks.scan(fork.height + 1, dead.height);
    expect(after.tip.height).to.equal(dead.height);
    expect(after.tip.hash).not.to.equal(dead.hash);
    expect(after.events).to.deep.equal([]);
    expect(found(await engine.blocks.at(fork.height))).to.deep.equal(fork);
  });

  it('that fail on the chain are reported as failed once that is confirmed', async () => {
    // The mint is signed while the owner may still mint; the transaction before it takes that away.
    const credentials = engine.chain.contracts?.credentials ?? '';
    const newOwner = (await host.devnet.customer('new owner')).address;
    await call('evm_setAutomine', [false]);
    const handOver = {
      description: 'hand the contract over',
      body: {
        to: credentials,
        value: '0',
        data: `0xf2fde38b${newOwner.slice(2).toLowerCase().padStart(64, '0')}`,
      },
    };
    const first = await engine.transactions.sign(handOver, host.owner);
    const placeholder = await sign('makes room for the first');
    await engine.transactions.broadcast(placeholder);
    const doomed = await engine.transactions.sign(engine.credentials.mint(newOwner, '0x'), host.owner);
    await call('anvil_dropTransaction', [placeholder.hash]);
    await engine.transactions.broadcast(first);
    await engine.transactions.broadcast(doomed);
    await mine(3);
    expect(await engine.transactions.lookup(doomed)).to.include({ state: 'mined', success: false });
    expect(await engine.credentials.mintedIn(doomed)).to.deep.equal({ kind: 'absent' });
    const error = await settling(doomed).catch((thrown: unknown) => thrown);
    expect(hasCode(error, 'chain.transaction-reverted')).to.equal(true);
  });
});
