import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { COIN, DOLLAR, FundsHost, type Verb } from './funds-host.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
const { fundFailpoints } = (await import(join(hosting, 'funds/failpoints.js'))) as {
  fundFailpoints: readonly string[];
};
const around = (...steps: readonly string[]) =>
  steps.flatMap((step) => [`funds.${step}:before`, `funds.${step}:after`]);
/** Reached only when something else happened as well. */
const rare = {
  noWallet: around('hot-wallet', 'note-hot-wallet'),
  dropped: around('drop'),
  newAddress: around('retarget'),
  failed: around('fail'),
  reorganised: around('reopen'),
  postponed: around('postpone'),
  leftLying: fundFailpoints.filter((name) => name.startsWith('settle.bump')),
};
const always = fundFailpoints.filter((name) => !Object.values(rare).flat().includes(name));
/** Where it is decided whether a second transaction is sent: for withdrawal, top-up, share and remainder. */
const critical = ['settle.save:after', 'settle.broadcast:after', 'funds.confirm:before'];

describe('the money of a host killed with SIGKILL', function () {
  this.timeout(60_000);
  let host: FundsHost;
  before(async function () {
    this.timeout(120_000);
    host = await FundsHost.create();
  });
  afterEach(() => host.money.check());
  after(() => host.dispose());

  const held = async () => ({
    dev: await host.stable(await host.address('dev')),
    admin: await host.stable(await host.address('admin')),
    hot: await host.stable(await host.address('hot')).catch(() => 0n),
  });
  const paidOut = (dev: bigint, admin: bigint) => ({ dev: dev * DOLLAR, admin: admin * DOLLAR, hot: 0n });

  describe('in a fund cycle', () => {
    beforeEach(async () => {
      await host.enter('dev', host.newAddress());
      await host.enter('admin', host.newAddress());
      await host.pay(100n * DOLLAR);
      // The hot wallet needs coin in every case, so that each run signs in the same order.
      const hot = await host.address('hot').catch(() => null);
      if (hot !== null) await host.setCoins(hot, COIN / 200n);
    });

    for (const failpoint of rare.noWallet)
      it(`at ${failpoint} has one hot wallet`, async () => {
        await host.enter('hot', null);
        await host.database('fund_state').update({ hot_wallet_generated: 0 });
        await rm(join(host.ready.host.root, 'etc/blockhost/hot.key'), { force: true });
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
        expect(await host.database('fund_state').first()).to.include({ hot_wallet_generated: 1 });
      });

    for (const failpoint of [
      ...always,
      ...critical.flatMap((each) => [`${each}#2`, `${each}#3`, `${each}#4`]),
    ])
      it(`at ${failpoint} pays everybody once`, async () => {
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });

    it('nowhere pays everybody once however often it is run', async () => {
      for (let runs = 0; runs < 3; runs += 1) await host.runToRest();
      expect(await held()).to.deep.equal(paidOut(10n, 90n));
    });

    for (const failpoint of rare.dropped)
      it(`at ${failpoint} makes a plan anew that nobody signed`, async () => {
        await host.crashAt('funds.plan:after');
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });

    for (const failpoint of rare.newAddress)
      it(`at ${failpoint} pays the address that a role has now`, async () => {
        const before = await host.address('dev');
        await host.crashAt('settle.sign:before#3');
        await host.enter('dev', host.newAddress());
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
        expect(await host.stable(before)).to.equal(0n);
      });

    for (const failpoint of rare.failed)
      it(`at ${failpoint} owes what could not be paid, and pays it later`, async () => {
        const dev = await host.address('dev');
        await host.enter('dev', null);
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await host.stable(await host.address('admin'))).to.equal(90n * DOLLAR);
        await host.enter('dev', dev);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });

    for (const failpoint of rare.reorganised)
      it(`at ${failpoint} pays again what a reorganisation took back`, async () => {
        await host.runToRest();
        await host.onchain.reorganise(1);
        expect(await host.stable(await host.address('admin'))).to.equal(0n);
        await host.crashAt(failpoint);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });

    for (const failpoint of rare.leftLying)
      it(`at ${failpoint} pays everybody once, with one fee or the other`, async () => {
        await host.onchain.leaveLying(() => host.crashAt(failpoint));
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });

    for (const failpoint of rare.postponed)
      it(`at ${failpoint} shares once the file of shares is valid`, async () => {
        await host.shareWithDev(1_000, 2_000);
        await host.crashAt(failpoint);
        await host.shareWithDev(1_000);
        await host.runToRest();
        expect(await held()).to.deep.equal(paidOut(10n, 90n));
      });
  });

  describe('in a gas check', () => {
    const verb: Verb = 'gas-check';
    for (const failpoint of [...always, ...critical.map((each) => `${each}#2`)])
      it(`at ${failpoint} buys coin once`, async () => {
        const server = await host.address('server');
        await host.give(server, 20n * DOLLAR);
        await host.database('fund_operations').where({ step: 'swap' }).update({ created_at: 0 });
        await host.setCoins(await host.address('hot'), COIN);
        await host.setCoins(server, COIN / 550n);
        const before = await host.stable(server);
        await host.crashAt(failpoint, verb);
        await host.runToRest(verb);
        if (critical.includes(failpoint)) await host.runToRest(verb);
        expect(await host.stable(server)).to.equal(before - 20n * DOLLAR);
        await host.setCoins(server, 100n * COIN);
      });
  });
});
