import { join } from 'node:path';
import { makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { checkout, DemoHost } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from '../hosting/memory-host.js';
import { fixtures, installForeign } from '../provisioner/foreign-subject.js';
import { RULES } from './watched-host.js';

const NAME = 'spinning';
const WAIT_MS = 30_000;

describe('the watchdog as a process, over the sandbox', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  let programs: DemoHost;

  before(async () => {
    host = await MemoryHost.create({
      backend: { plugins: ['provisioner-sandbox', 'watchdog'], db: {}, begin: async () => {} },
    });
    programs = new DemoHost(host.root.root);
    const owner = host.chain.customer(1).key.address;
    await programs.run('vm', 'create', NAME, '--owner-wallet', owner, '--cpu', '1', '--disk', '1', '--apply');
    await host.config.write(
      { name: 'monitor.yaml', format: 'yaml', mode: 0o640 },
      { polling: { min_interval_ms: 600 } },
    );
    await host.config.write(RULES, {
      dry_run: false,
      default: { cpu_percent: 5, burst: { factor: 1, seconds: 0 } },
    });
  });
  after(async () => {
    await programs.stop();
    await host.dispose();
  });

  const action = (to: string) =>
    until(`a step to ${to}`, WAIT_MS, () => host.database('watchdog_actions').where({ to_step: to }).first());

  it('sees a real process spin, and says that this provisioner cannot throttle it', async () => {
    const { child, ended } = programs.start(['daemon', 'watchdog']);
    await programs.run('vm', 'guest-exec', NAME, 'while :; do :; done > /dev/null 2>&1 &');
    const logged = await action('log');
    expect(logged).to.include({ vm: NAME, metric: 'cpu_percent', state: 'done' });
    expect(logged.used).to.be.within(5, 100);

    await host.database('watchdog_rungs').update({ step: 'warn', moved_at: Date.now() - 600_000 });
    const failed = await until('the step to fail', WAIT_MS, () =>
      host.database('watchdog_actions').where({ to_step: 'throttle', state: 'failed' }).first(),
    );
    expect(failed.outcome).to.equal('The provisioner of this host cannot throttle.');
    expect(await host.vms.get(NAME)).to.deep.include({ status: 'active', limits: {} });
    expect(await host.database('watchdog_rungs').first()).to.include({ step: 'warn' });
    child.kill('SIGTERM');
    expect(await ended).to.include({ code: 0 });
    expect(await programs.run('watchdog', 'history', NAME)).to.match(/\d+\.?\d*\/\d+/);
  });
});

describe('the watchdog as a process, over a provisioner that measures nothing', () => {
  it('ends with 1 and says that it is of no use there', async () => {
    const root = await makeHostRoot({
      plugins: [
        join(checkout, 'test/hosting/fixtures/chain-in-memory'),
        join(fixtures, 'shell'),
        ...['provisioner-exec', 'hosting', 'watchdog'].map((name) => join(checkout, 'plugins', name)),
      ],
    });
    await installForeign('shell', root.paths);
    const { code, stderr } = await new DemoHost(root.root).start(['daemon', 'watchdog']).ended;
    await root.dispose();
    expect(code).to.equal(1);
    expect(stderr).to.contain('measures nothing');
  });
});
