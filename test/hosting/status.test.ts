import { existsSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExec, type ExecResult, resolvePaths } from '@blockhost/kernel';
import { databaseFile } from '@blockhost/kernel/store';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from './memory-host.js';

describe('blockhost status', function () {
  this.timeout(60_000);
  let host: MemoryHost;

  beforeEach(async () => {
    host = await MemoryHost.create();
    await writeFile(join(host.root.paths.state, '.setup-complete'), '');
  });
  afterEach(() => host.dispose());

  const execIn = (root: string) => createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: root }) });
  const runIn = (root: string, ...words: string[]): Promise<ExecResult> =>
    execIn(root).run([join(checkout, 'bin/blockhost'), ...words], {
      cwd: root,
      timeoutMs: 30_000,
      env: { BLOCKHOST_ROOT: root },
    });
  const run = (...words: string[]) => runIn(host.root.root, ...words);
  const status = async () => {
    const { code, stdout } = await run('status', '--json');
    return { code, ...JSON.parse(stdout) };
  };

  /** What `blockhost daemon monitor` leaves while it runs. */
  const monitorRuns = async (health: { healthy: boolean; reason?: string }, pid = process.pid) =>
    writeFile(
      join(host.root.paths.run, 'monitor-health.json'),
      JSON.stringify({
        ...health,
        facts: { confirmations: 1, head: 12, cursor: 12, lag: 0, queue: 0 },
        status: 'block 12 of 12',
        pid,
        started_at: new Date().toISOString(),
        checked_at: new Date().toISOString(),
        interval_ms: 10_000,
      }),
    );

  it('shows a host that works, in words and as JSON, and ends with 0', async () => {
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
    await monitorRuns({ healthy: true });
    const { code, ...shown } = await status();
    expect({ code, ...shown }).to.deep.include({ code: 0, healthy: true, problems: [], set_up: true });
    expect(shown.daemons).to.have.nested.property('[0].state', 'healthy');
    expect(shown.database.chain).to.include({
      chain: host.chain.chain.id,
      cursor: host.chain.ledger.head.height,
    });
    expect(shown.database.vms).to.deep.equal({ active: 1 });
    expect(shown.database.queue).to.deep.equal({ active: null, length: 0, waiting: [], needs_operator: [] });
    expect(shown.disk.free).to.be.greaterThan(0);
    const { code: wordsCode, stdout } = await run('status');
    expect(wordsCode).to.equal(0);
    expect(stdout).to.match(/^This host is healthy\.\n/);
    expect(stdout).to.match(/chain +fake:1 +read to block \d+/);
    expect(stdout).to.include('head 12, lag 0, confirmations 1');
  });

  it('says that the monitor was stopped, or has died and when it was last seen, and ends with 1', async () => {
    expect(await status()).to.deep.include({
      code: 1,
      problems: ['The monitor does not run: what is bought is not served.'],
    });
    // A process id that no system hands out.
    await monitorRuns({ healthy: true }, 2 ** 22 + 1);
    const { code, problems, daemons } = await status();
    expect({ code, state: daemons[0].state }).to.deep.equal({ code: 1, state: 'crashed' });
    expect(problems).to.deep.equal([
      `The daemon "monitor" has ended without being told to; it was last seen at ${daemons[0].seen_at}.`,
    ]);
  });

  it('gives the reason of a monitor that waits, and ends with 1', async () => {
    await monitorRuns({ healthy: false, reason: 'The chain cannot be reached.' });
    const { code, stdout } = await run('status');
    expect(code).to.equal(1);
    expect(stdout).to.include('problem: The daemon "monitor" is unhealthy: The chain cannot be reached.');
  });

  it('names who waits with place and estimate, and what needs an operator, which is no fault of the host', async () => {
    await monitorRuns({ healthy: true });
    host.chain.customer(9).buy({ planId: 1n, days: 1, userEncrypted: '0x12' });
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
    await host
      .database('pipeline_entries')
      .where({ state: 'done' })
      .update({ received_at: 1_000, completed_at: 31_000 });
    await host.database('pipeline_entries').insert(
      ['7', '8'].map((id) => ({
        id: `create:${id}`,
        kind: 'create',
        subscription_id: id,
        plan_id: '1',
        subscriber: 'x',
        vm_name: `blockhost-00${id}`,
        operation_id: id,
        transaction_hash: `0x${id}`,
        log_index: 0,
        height: 1,
        received_at: 32_000,
        updated_at: 32_000,
      })),
    );
    await host.database('dead_letters').insert({
      transaction_hash: '0x01',
      log_index: 0,
      height: 1,
      reason: 'torn',
      raw: '{}',
      received_at: 1,
    });
    const finding = { first_seen: 1, last_seen: 1, told_at: 1 };
    await host.database('reconciler_findings').insert([
      { ...finding, kind: 'machine-unknown', subject: 'x', sentence: 'The VM "x" has no record.' },
      { ...finding, kind: 'credential-unbound', subject: '9', sentence: 'Nobody needs to know.' },
    ]);
    const { code, attention, database } = await status();
    expect(code).to.equal(0);
    expect(database.queue.waiting).to.deep.equal([
      { id: 'create:7', position: 1, estimate_seconds: 30 },
      { id: 'create:8', position: 2, estimate_seconds: 60 },
    ]);
    expect(database.queue.needs_operator[0]).to.include({ id: 'create:1', stage: 'decrypted' });
    expect(attention.slice(0, 3)).to.deep.equal([
      '1 entry needs an operator: see `blockhost pipeline list`.',
      '1 event could not be read or taken: see `blockhost monitor dead-letters`.',
      'The VM "x" has no record.',
    ]);
  });

  it('works where nothing is set up, where the database is gone and where it is damaged, and makes no file', async () => {
    const bare = await makeHostRoot({
      plugins: ['engine-evm', 'provisioner-sandbox', 'hosting'].map((name) =>
        join(checkout, 'plugins', name),
      ),
    });
    try {
      const { code, stdout } = await runIn(bare.root, 'status', '--json');
      expect({ code, database: JSON.parse(stdout).database }).to.deep.equal({ code: 1, database: null });
      expect(JSON.parse(stdout).problems[0]).to.include('not set up');
      const paths = resolvePaths({ BLOCKHOST_ROOT: bare.root });
      expect(existsSync(databaseFile(paths))).to.equal(false);
      await writeFile(join(paths.state, '.setup-complete'), '');
      const lost = await runIn(bare.root, 'status');
      expect(lost.stdout).to.include('problem: The database of this host is gone');
      await writeFile(databaseFile(paths), 'not a database '.repeat(1_000));
      const damaged = await runIn(bare.root, 'status');
      expect(damaged.code).to.equal(1);
      expect(damaged.stdout).to.include('damaged');
      await rm(databaseFile(paths));
    } finally {
      await bare.dispose();
    }
  });

  it('says nothing of a host whose files it may not read but who may', async function () {
    if (process.getuid?.() !== 0) this.skip();
    await writeFile(join(host.root.paths.config, 'blockhost.yaml'), '{}', { mode: 0o640 });
    await monitorRuns({ healthy: true });
    // The way to the host is open, as below /etc; its files are not.
    await chmod(host.root.root, 0o755);
    const { code, stdout, stderr } = await execIn(host.root.root).run(
      [
        'setpriv',
        '--reuid=65534',
        '--regid=65534',
        '--clear-groups',
        join(checkout, 'bin/blockhost'),
        'status',
      ],
      { timeoutMs: 30_000, env: { BLOCKHOST_ROOT: host.root.root } },
    );
    expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    expect(stderr).to.match(/^You may not read the files of this host\.\n.*\nRun this as root/);
  });

  it('names a file of the configuration that is broken, which a running monitor may not have noticed', async () => {
    await monitorRuns({ healthy: true });
    await writeFile(join(host.root.paths.config, 'db.yaml'), 'ip_pool: [oops\n');
    const { code, problems } = await status();
    expect(code).to.equal(1);
    expect(problems).to.have.length(1);
    expect(problems[0]).to.match(/db\.yaml is not valid YAML/);
  });

  it('lists events that could not be read, and takes them once they can be', async () => {
    const { events, undecodable } = host.chain.ledger.contracts;
    await host.buy(host.chain.customer(1));
    const bought = events.at(-1);
    if (bought?.type !== 'subscription-created') throw new Error('nothing was bought');
    events.pop();
    undecodable.push({ ...bought, reason: 'of another version', raw: '0x01' });
    await host.startMonitor();
    await host.untilRest();
    expect((await run('monitor', 'dead-letters')).stdout).to.include('of another version');
    undecodable.pop();
    events.push(bought);
    const { retryDeadLetters } = await import(
      join(checkout, 'plugins/hosting/dist/monitor/retry-dead-letters.js')
    );
    const clock = { now: () => Date.now(), sleep: async () => {} };
    expect(
      await retryDeadLetters(
        { ...host, database: host.database, chain: host.chain, clock },
        null,
        new AbortController().signal,
      ),
    ).to.deep.equal([{ id: 1, outcome: 'taken', reason: null }]);
    await until('the VM', 20_000, async () => ((await host.vms.list()).length === 1 ? true : null));
    await host.rest();
    expect(await host.database('dead_letters').select()).to.deep.equal([]);
  });
});
