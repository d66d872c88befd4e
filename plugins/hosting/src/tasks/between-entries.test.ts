import { setTimeout as wait } from 'node:timers/promises';
import { createHostConfig, type Logger } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { FakeChain, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { enqueue } from '../pipeline/enqueue.js';
import type { Host } from '../pipeline/host.js';
import { Pipeline } from '../pipeline/pipeline.js';
import { readSettings } from '../settings.js';
import { TestHost } from '../test-host.js';
import { Scheduler } from './scheduler.js';
import type { Task } from './task.js';

describe('the pipeline and the tasks', () => {
  let base: TestHost;
  let pipeline: Pipeline;
  let stop: AbortController;
  let happened: string[];
  let work: (signal: AbortSignal) => Promise<void>;
  let running: Promise<void>;
  const intervalMs = 60_000;

  beforeEach(async () => {
    base = await TestHost.create();
    const config = createHostConfig({ paths: base.paths });
    await config.write(BLOCKHOST_YAML, {});
    happened = [];
    work = async () => {};
    stop = new AbortController();
    // Time stands still; who waits looks again when woken.
    const clock = {
      now: () => base.clock.now(),
      sleep: (_: number, signal?: AbortSignal) => wait(2 ** 30, undefined, { signal: signal as AbortSignal }),
    };
    const log: Logger = new RecordingLogger();
    // No entry of this test gets as far as a VM.
    const provisioner = {} as Host['provisioner'];
    const host: Host = {
      ...base,
      provisioner,
      rootAgent: null,
      chain: new FakeChain(),
      config,
      clock,
      log,
    };
    let dueAt = base.clock.now();
    const task: Task = {
      name: 'task',
      intervalMs: async () => intervalMs,
      dueAt: async () => dueAt,
      async run(signal) {
        happened.push('task begins');
        dueAt = base.clock.now() + intervalMs;
        await work(signal);
        happened.push('task ends');
      },
    };
    const scheduler = new Scheduler(host, [task]);
    pipeline = new Pipeline(host, await readSettings(config), (signal) => scheduler.run(signal));
  });
  afterEach(async () => {
    stop.abort(new Error('the test is over'));
    await running;
    await base.dispose();
  });

  const run = () => {
    running = pipeline.run(stop.signal);
  };
  /** A purchase that cannot be decrypted: it is over at its first stage. */
  const buy = (id: bigint) =>
    base.database.transaction((tx) =>
      enqueue(
        tx,
        {
          type: 'subscription-created',
          subscriptionId: id,
          planId: 1n,
          subscriber: 'somebody',
          expiresAt: 2_000_000_000,
          paidAmount: 1n,
          paymentToken: null,
          userEncrypted: `0x${'12'.repeat(3_000)}`,
          height: 1,
          blockHash: '0x01',
          transactionHash: `0x${id}`,
          transactionIndex: 0,
          logIndex: 0,
        },
        base.clock.now(),
      ),
    );
  const until = async (test: () => Promise<boolean> | boolean) => {
    while (!(await test())) {
      pipeline.wake();
      await wait(2);
    }
  };
  const state = async (id: string) => (await base.database('pipeline_entries').where({ id }).first())?.state;

  it('starts no entry while a task runs', async () => {
    const { promise: hold, resolve: release } = Promise.withResolvers<void>();
    work = () => hold;
    run();
    await until(() => happened.includes('task begins'));
    await buy(1n);
    for (let looks = 0; looks < 10; looks += 1) {
      pipeline.wake();
      await wait(2);
    }
    expect(await state('create:1')).to.equal('queued');
    release();
    await until(async () => (await state('create:1')) === 'failed');
    expect(happened).to.deep.equal(['task begins', 'task ends']);
  });

  it('lets no entry that only waits starve a task for ever, nor runs it sooner than that', async () => {
    await buy(1n);
    await base.database('pipeline_entries').update({ next_attempt_at: base.clock.now() + 3_600_000 });
    base.clock.advance(2 * intervalMs - 1);
    run();
    for (let looks = 0; looks < 10; looks += 1) {
      pipeline.wake();
      await wait(2);
    }
    expect(happened).to.deep.equal([]);
    base.clock.advance(1);
    await until(() => happened.length === 2);
    expect(await state('create:1')).to.equal('queued');
    base.clock.advance(3_600_000);
    await until(async () => (await state('create:1')) === 'failed');
  });

  it('runs a starving task between two entries, not amid one', async () => {
    await buy(1n);
    await buy(2n);
    await base
      .database('pipeline_entries')
      .where({ id: 'create:1' })
      .update({ state: 'active', next_attempt_at: base.clock.now() + 4 * intervalMs });
    base.clock.advance(3 * intervalMs);
    run();
    for (let looks = 0; looks < 10; looks += 1) {
      pipeline.wake();
      await wait(2);
    }
    expect(happened).to.deep.equal([]);
    const states: (string | undefined)[] = [];
    work = async () => {
      states.push(await state('create:1'), await state('create:2'));
    };
    base.clock.advance(intervalMs);
    await until(async () => (await state('create:2')) === 'failed');
    expect(states).to.deep.equal(['failed', 'queued']);
  });

  it('ends only after the task has, when it is told to stop', async () => {
    work = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          happened.push('task was told');
          reject(signal.reason);
        });
      });
    run();
    await until(() => happened.includes('task begins'));
    stop.abort(new Error('the monitor stops'));
    await running;
    expect(happened).to.deep.equal(['task begins', 'task was told']);
  });
});
