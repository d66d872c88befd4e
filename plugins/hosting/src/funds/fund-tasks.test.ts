import { join } from 'node:path';
import { tryLock } from '@blockhost/kernel';
import { expect } from 'chai';
import { fundCycleTask, gasCheckTask } from './fund-tasks.js';
import { runFunds } from './run-funds.js';
import { DOLLAR, TestFunds } from './test-funds.js';

const MINUTE = 60_000;
const never = new AbortController().signal;

describe('the money tasks', () => {
  let funds: TestFunds;
  beforeEach(async () => {
    funds = await TestFunds.create();
  });
  afterEach(() => funds.dispose());

  it('are due at once on a new host, and an interval after they succeeded', async () => {
    for (const [make, interval] of [
      [fundCycleTask, 1_440],
      [gasCheckTask, 30],
    ] as const) {
      const task = make(funds.host);
      expect(await task.dueAt()).to.be.at.most(funds.files.clock.now());
      await task.run(never);
      expect(await task.dueAt()).to.equal(funds.files.clock.now() + interval * MINUTE);
    }
  });

  it('follow an interval that was changed meanwhile', async () => {
    const task = fundCycleTask(funds.host);
    await task.run(never);
    await funds.set({ fund_cycle_interval_hours: 1 });
    expect(await task.intervalMs()).to.equal(60 * MINUTE);
    expect(await task.dueAt()).to.equal(funds.files.clock.now() + 60 * MINUTE);
  });

  it('wait 5, 10, 20, 40, 60 minutes after failures and start anew after a success', async () => {
    const task = fundCycleTask(funds.host);
    funds.chain.faults.unreachable = true;
    const pauses: number[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      await task.run(never).then(
        () => expect.fail('it succeeded'),
        () => {},
      );
      pauses.push(((await task.dueAt()) - funds.files.clock.now()) / MINUTE);
    }
    expect(pauses).to.deep.equal([5, 10, 20, 40, 60, 60]);
    funds.chain.faults.unreachable = false;
    await task.run(never);
    expect(await task.dueAt()).to.equal(funds.files.clock.now() + 1_440 * MINUTE);
  });

  it('are due when the clock was set back', async () => {
    const task = fundCycleTask(funds.host);
    await task.run(never);
    funds.files.clock.advance(-60 * MINUTE);
    expect(await task.dueAt()).to.be.at.most(funds.files.clock.now());
  });

  it('told to stop leave everything as it is, due at once', async () => {
    const task = fundCycleTask(funds.host);
    funds.pay(100n * DOLLAR);
    const stop = new AbortController();
    stop.abort(new Error('the host stops'));
    await task.run(stop.signal).then(
      () => expect.fail('it went on'),
      () => {},
    );
    expect(await task.dueAt()).to.be.at.most(funds.files.clock.now());
    expect(await funds.journal.attempts('fund-cycle')).to.include({ failures: 0 });
  });

  it('that took too long are tried again after a pause', async () => {
    const limit = new AbortController();
    const { paymentMethods, ...rest } = funds.chain.funds;
    const slow = async () => {
      limit.abort(new DOMException('it takes too long', 'TimeoutError'));
      return paymentMethods();
    };
    const chain = { ...funds.chain, funds: { ...rest, paymentMethods: slow } };
    funds.pay(100n * DOLLAR);
    await runFunds('fund-cycle', { ...funds.host, chain }, limit.signal).then(
      () => expect.fail('it went on'),
      () => {},
    );
    expect(await funds.journal.attempts('fund-cycle')).to.include({ failures: 1 });
    expect(funds.balance(funds.contract)).to.equal(100n * DOLLAR);
  });

  it('keep every other run out until they are over', async () => {
    const file = join(funds.files.paths.run, 'funds.lock');
    const { paymentMethods, ...rest } = funds.chain.funds;
    const others: unknown[] = [];
    const looking = async () => {
      others.push(await tryLock(file, 'a second run'));
      return paymentMethods();
    };
    funds.pay(100n * DOLLAR);
    await funds.run('fund-cycle', {
      ...funds.host,
      chain: { ...funds.chain, funds: { ...rest, paymentMethods: looking } },
    });
    expect(others).to.deep.equal([null, null]);
  });

  it('never run beside each other or twice', async () => {
    funds.pay(1_000n * DOLLAR);
    await Promise.all([
      fundCycleTask(funds.host).run(never),
      gasCheckTask(funds.host).run(never),
      fundCycleTask(funds.host).run(never),
    ]);
    expect(funds.balance(funds.address('admin'))).to.equal(950n * DOLLAR);
    expect(funds.balance(funds.server)).to.equal(50n * DOLLAR);
  });
});
