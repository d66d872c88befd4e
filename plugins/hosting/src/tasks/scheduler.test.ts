import type { Logger } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { enqueue, type OrderEvent } from '../pipeline/enqueue.js';
import { TestHost } from '../test-host.js';
import { Scheduler } from './scheduler.js';
import type { Task } from './task.js';

const MINUTE = 60_000;

describe('Scheduler', () => {
  let host: TestHost;
  let log: RecordingLogger;
  let runs: string[];

  beforeEach(async () => {
    host = await TestHost.create();
    log = new RecordingLogger();
    runs = [];
  });
  afterEach(() => host.dispose());

  const signal = new AbortController().signal;
  const scheduler = (...tasks: readonly Task[]) =>
    new Scheduler({ database: host.database, clock: host.clock, log: log as Logger }, tasks);

  /** Due at once, then once per interval. */
  function every(
    intervalMs: number,
    name: string,
    act: (signal: AbortSignal) => Promise<void> = async () => {},
  ): Task & { due: number } {
    return {
      name,
      due: host.clock.now(),
      intervalMs: async () => intervalMs,
      async dueAt() {
        return this.due;
      },
      async run(stop) {
        runs.push(name);
        this.due = host.clock.now() + intervalMs;
        await act(stop);
      },
    };
  }

  const purchase = (id: bigint): OrderEvent => ({
    type: 'subscription-created',
    subscriptionId: id,
    planId: 1n,
    subscriber: '0x00000000000000000000000000000000000000aa',
    expiresAt: 2_000_000_000,
    paidAmount: 1n,
    paymentToken: null,
    userEncrypted: '0x12',
    height: 1,
    blockHash: '0x01',
    transactionHash: `0x${id}`,
    transactionIndex: 0,
    logIndex: 0,
  });
  const buy = (id: bigint) => host.database.transaction((tx) => enqueue(tx, purchase(id), host.clock.now()));
  const sell = () => host.database('pipeline_entries').delete();

  it('runs what is due, in the order of the list, and answers when the next one is', async () => {
    const tasks = scheduler(every(5 * MINUTE, 'first'), every(MINUTE, 'second'));
    expect(await tasks.run(signal)).to.equal(host.clock.now() + MINUTE);
    expect(runs).to.deep.equal(['first', 'second']);
    host.clock.advance(MINUTE - 1);
    await tasks.run(signal);
    expect(runs).to.have.lengthOf(2);
    host.clock.advance(1);
    await tasks.run(signal);
    expect(runs).to.deep.equal(['first', 'second', 'second']);
  });

  it('starts nothing while entries wait, and keeps the due time', async () => {
    const task = every(5 * MINUTE, 'task');
    const tasks = scheduler(task);
    await buy(1n);
    const due = task.due;
    expect(await tasks.run(signal)).to.equal(due + 10 * MINUTE);
    expect({ runs, due: task.due }).to.deep.equal({ runs: [], due });
    await sell();
    await tasks.run(signal);
    expect(runs).to.deep.equal(['task']);
  });

  it('runs a task that is overdue by two of its intervals once, although entries wait', async () => {
    const tasks = scheduler(every(5 * MINUTE, 'task'));
    await buy(1n);
    host.clock.advance(10 * MINUTE - 1);
    await tasks.run(signal);
    expect(runs).to.deep.equal([]);
    host.clock.advance(1);
    await tasks.run(signal);
    await tasks.run(signal);
    expect(runs).to.deep.equal(['task']);
  });

  it('starts the next task only when the one before has ended, and looks again whether entries wait', async () => {
    const tasks = scheduler(
      every(MINUTE, 'first', async () => {
        await buy(1n);
        runs.push('end of first');
      }),
      every(MINUTE, 'second'),
    );
    await tasks.run(signal);
    expect(runs).to.deep.equal(['first', 'end of first']);
  });

  it('logs a failure, records it and goes on', async () => {
    const failing = every(MINUTE, 'failing', async () => {
      throw new Error('the market is closed');
    });
    await scheduler(failing, every(MINUTE, 'next')).run(signal);
    expect(runs).to.deep.equal(['failing', 'next']);
    expect(log.records.filter(({ level }) => level === 'error').map(({ message }) => message)).to.deep.equal([
      'task failed',
    ]);
    expect(await host.database('task_runs').orderBy('name')).to.deep.equal([
      {
        name: 'failing',
        started_at: host.clock.now(),
        ended_at: host.clock.now(),
        succeeded_at: null,
        failure: 'the market is closed',
        due_at: host.clock.now() + MINUTE,
      },
      {
        name: 'next',
        started_at: host.clock.now(),
        ended_at: host.clock.now(),
        succeeded_at: host.clock.now(),
        failure: null,
        due_at: host.clock.now() + MINUTE,
      },
    ]);
  });

  it('does not spin on a task that stays due or cannot say when it is', async () => {
    const stays: Task = { ...every(MINUTE, 'stays'), dueAt: async () => 0 };
    const dumb: Task = {
      ...every(MINUTE, 'dumb'),
      dueAt: async () => {
        throw new Error('fund_manager is no section');
      },
    };
    const tasks = scheduler(stays, dumb);
    await tasks.run(signal);
    expect(await tasks.run(signal)).to.be.greaterThan(host.clock.now());
    expect(runs).to.deep.equal(['stays']);
    host.clock.advance(-MINUTE);
    await tasks.run(signal);
    expect(runs).to.deep.equal(['stays', 'stays']);
  });

  it('hands the stop on to the task that runs, waits for its end and starts no other', async () => {
    const stop = new AbortController();
    const tasks = scheduler(
      every(MINUTE, 'long', async (inner) => {
        const told = new Promise((resolve) => inner.addEventListener('abort', resolve));
        stop.abort(new Error('the monitor stops'));
        await told;
        runs.push('end of long');
        throw inner.reason;
      }),
      every(MINUTE, 'other'),
    );
    await tasks.run(stop.signal);
    expect(runs).to.deep.equal(['long', 'end of long']);
    expect(log.records.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});
