import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { boot, CONFIG, type HostConfig, type Kernel, VM_STORE, type VmStore } from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import { type HostRoot, makeHostRoot, RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { DemoHost } from '../demo/host.js';
import { until } from '../demo/until.js';
import { fixtures, installForeign } from '../provisioner/foreign-subject.js';
import { RULES } from './watched-host.js';

const plugins = join(import.meta.dirname, '../../../plugins');
const { throttleFailpoints, suspendFailpoints } = (await import(
  join(plugins, 'watchdog/dist/acts/enforcer.js')
)) as Record<'throttleFailpoints' | 'suspendFailpoints', readonly string[]>;

const NAME = 'busy';
const OTHER = 'idle';
const WAIT_MS = 30_000;
/** Whatever lies above half a processor is too much at once; the VM has one. */
const HALF = { cpu_percent: 50, burst: { factor: 1, seconds: 0 } };
const ACTING = { dry_run: false, default: HALF };

describe('the watchdog as a process, over a provisioner of executables', function () {
  this.timeout(90_000);
  let root: HostRoot;
  let host: DemoHost;
  let kernel: Kernel;
  let config: HostConfig;
  let vms: VmStore;
  let database: Knex;
  let boxes: string;

  before(async () => {
    root = await makeHostRoot({
      plugins: [
        join(import.meta.dirname, '../../hosting/fixtures/chain-in-memory'),
        join(fixtures, 'python'),
        join(plugins, 'provisioner-exec'),
        join(plugins, 'hosting'),
        join(plugins, 'watchdog'),
      ],
    });
    boxes = await installForeign('python', root.paths);
    host = new DemoHost(root.root);
    kernel = await boot({ process: 'test', paths: root.paths, log: new RecordingLogger() });
    config = await kernel.get(CONFIG);
    vms = await kernel.get(VM_STORE);
    database = await kernel.get(DATABASE);
    await config.write(
      { name: 'monitor.yaml', format: 'yaml', mode: 0o640 },
      { polling: { min_interval_ms: 100 } },
    );
    const owner = `fake1${'0'.repeat(38)}`;
    for (const name of [NAME, OTHER])
      await host.run('vm', 'create', name, '--owner-wallet', owner, '--cpu', '1', '--apply');
    await uses(NAME, 150);
  });
  after(async () => {
    await host.stop();
    await kernel.stop();
    await root.dispose();
  });
  beforeEach(async () => {
    for (const table of ['watchdog_actions', 'watchdog_rungs', 'watchdog_confirmations'])
      await database(table).delete();
    await database('vm_limit_holds').delete();
    await vms.setLimits(NAME, { cpuQuotaPercent: null });
    if ((await vms.get(NAME))?.status === 'suspended') await vms.activate(NAME);
    const records = JSON.parse(await readFile(join(boxes, 'boxes.json'), 'utf8'));
    for (const record of Object.values<Record<string, unknown>>(records)) {
      delete record.throttle;
      record.status = 'active';
    }
    await writeFile(join(boxes, 'boxes.json'), JSON.stringify(records));
  });
  afterEach(() => host.stop());

  const box = async (name: string) => JSON.parse(await readFile(join(boxes, 'boxes.json'), 'utf8'))[name];
  async function uses(name: string, cpu: number): Promise<void> {
    const { vmid } = await box(name);
    await writeFile(join(boxes, vmid, 'usage.json'), JSON.stringify({ cpu_percent: cpu }));
  }
  /** It was warned ten minutes ago. */
  async function warned(dryRun = false, step = 'warn'): Promise<void> {
    const vm = await vms.get(NAME);
    await database('watchdog_rungs').insert({
      operation_id: vm?.operationId,
      metric: 'cpu_percent',
      dry_run: Number(dryRun),
      vm: NAME,
      step,
      moved_at: Date.now() - 600_000,
    });
  }
  const start = (env: Record<string, string> = {}) => {
    const lines: string[] = [];
    const running = host.start(['daemon', 'watchdog'], { env, onLine: (line) => lines.push(line) });
    const says = (text: string) =>
      until(`"${text}"`, WAIT_MS, async () => (lines.some((line) => line.includes(text)) ? true : null));
    return { ...running, lines, says };
  };
  const json = async (...words: string[]) => JSON.parse(await host.run('watchdog', ...words, '--json'));
  const action = (state: string, to = 'throttle') =>
    until(`the step to ${to} to be ${state}`, WAIT_MS, () =>
      database('watchdog_actions').where({ state, to_step: to }).first(),
    );
  const inForce = async () => (await box(NAME)).throttle;
  const limits = async () => (await vms.get(NAME))?.limits;

  it('throttles who uses too much, tells of it, and lets go on SIGHUP of who is exempt', async () => {
    await config.write(RULES, ACTING);
    await warned();
    const { child, ended } = start();
    await action('done');
    expect(await inForce()).to.deep.equal(['--cpu-quota', '50']);
    expect(await limits()).to.deep.equal({ cpuQuotaPercent: 50 });

    const status = await until('a look that is told of', WAIT_MS, async () => {
      const seen = await json('status');
      return seen.daemon.facts.vms === 2 && seen.over_plan.length === 1 ? seen : null;
    });
    expect(status).to.deep.include({ mode: 'acting', problems: [], held_in_the_last_hour: 1 });
    expect(status.over_plan[0]).to.include({ vm: NAME, metric: 'cpu_percent', step: 'throttle' });
    expect(status.daemon.facts).to.include({ measured: 2, mode: 'acting' });
    const [row] = await json('actions', '--vm', NAME);
    expect(row).to.deep.include({
      vm: NAME,
      from: 'warn',
      to: 'throttle',
      used: 150,
      limit: 50,
      state: 'done',
    });
    expect(await host.run('watchdog', 'actions')).to.match(
      /busy +cpu_percent +warn → throttle +150 +50 +done/,
    );

    await config.write(RULES, { ...ACTING, exempt: [NAME] });
    child.kill('SIGHUP');
    await action('done', 'none');
    expect(await inForce()).to.deep.equal(['--cpu-quota', '100']);
    expect(await limits()).to.deep.equal({});

    child.kill('SIGTERM');
    expect(await ended).to.include({ code: 0 });
    const [line] = await json('history', NAME, '--since', '1h');
    expect(line.metrics.cpu_percent.slice(0, 2)).to.deep.equal([150, 150]);
    expect(await host.run('watchdog', 'history', OTHER)).to.match(/1\.5\/1\.5/);
  });

  it('measures by what `vm metrics --all` prints, each as `vm metrics` does', async () => {
    const all = JSON.parse(await host.run('vm', 'metrics', '--all'));
    expect(Object.keys(all).sort()).to.deep.equal([NAME, OTHER]);
    expect(all[NAME]).to.include({ cpu_percent: 150, state: 'running', net_rx_bytes_sec: -1 });
    expect(JSON.parse(await host.run('vm', 'metrics', OTHER))).to.deep.equal(all[OTHER]);
    expect((await host.start(['vm', 'metrics', NAME, '--all']).ended).code).to.equal(2);
  });

  it('goes on after its brake when a person confirms', async () => {
    await config.write(RULES, ACTING);
    await warned();
    await database('watchdog_actions').insert({
      ...{ at: Date.now() - 60_000, vm: 'another', operation_id: 'op', metric: 'cpu_percent', bucket: 0 },
      ...{ from_step: 'warn', to_step: 'throttle', limits: '{}', dry_run: 0, state: 'done' },
    });
    const { child } = start();
    await action('braked');
    expect(await limits()).to.deep.equal({});
    expect(await host.run('watchdog', 'actions')).to.contain('see `blockhost watchdog confirm`');
    await host.run('watchdog', 'confirm');
    child.kill('SIGHUP');
    await until('the VM to be held', WAIT_MS, async () => ((await inForce()) ? true : null));
  });

  it('only says what it would do in a dry run', async () => {
    await config.write(RULES, { default: { ...HALF, actions: { suspend: true } } });
    await warned(true);
    start();
    expect(await action('done')).to.include({ dry_run: 1 });
    expect(await inForce()).to.equal(undefined);
    expect(await limits()).to.deep.equal({});
    expect(await host.run('watchdog', 'actions')).to.match(/warn → throttle .* dry run/);
  });

  it('goes on with the rules it has while the file is wrong, is unhealthy, and well when it is put right', async () => {
    await config.write(RULES, { dry_run: true });
    const watchdog = start();
    await watchdog.says('daemon ready');
    await config.write(RULES, { dry_run: 'maybe' });
    watchdog.child.kill('SIGHUP');
    await watchdog.says('a file of the watchdog is wrong');
    const status = host.start(['watchdog', 'status']);
    const { code, stdout } = await status.ended;
    expect(code).to.equal(1);
    expect(stdout).to.match(/^problem: .*plan-limits\.yaml.*\/dry_run is text/m);
    const checked = await host.start(['watchdog', 'rules', 'check']).ended;
    expect(checked).to.include({ code: 1, stdout: '' });
    expect(checked.stderr).to.contain('/dry_run is text').and.contain('watchdog rules check');
    await config.write(RULES, { ...ACTING, exempt: ['nobody'] });
    watchdog.child.kill('SIGHUP');
    await watchdog.says('acting');
    const rules = await json('rules', 'check');
    expect(rules).to.deep.include({ mode: 'acting', unknown_exempt: ['nobody'] });
    expect(rules.vms[0]).to.deep.include({ vm: NAME, rule: 'default', limits: { cpu_percent: 50 } });
  });

  it('observes while there are no rules', async () => {
    await rm(join(root.paths.config, 'plan-limits.yaml'));
    const watchdog = start();
    await watchdog.says('daemon ready');
    await watchdog.says('observing');
    const status = await json('status');
    expect(status).to.deep.include({ mode: 'observing', over_plan: [], problems: [] });
  });

  describe('killed with SIGKILL', () => {
    for (const failpoint of throttleFailpoints)
      it(`at ${failpoint}, knows in the end that it holds the VM, and lets go of its own limit only`, async () => {
        await config.write(RULES, ACTING);
        await warned();
        expect(await start({ BLOCKHOST_FAILPOINT: failpoint }).ended).to.include({ signal: 'SIGKILL' });
        const watchdog = start();
        await watchdog.says('daemon ready');
        await action('done');
        expect(await database('watchdog_actions').where({ state: 'intended' })).to.deep.equal([]);
        expect(await limits()).to.deep.equal({ cpuQuotaPercent: 50 });
        expect(await inForce()).to.deep.equal(['--cpu-quota', '50']);
        expect(await database('watchdog_rungs').first()).to.include({ step: 'throttle' });

        // A person sets the very same limit: it is not the watchdog's any more.
        await vms.setLimits(NAME, { cpuQuotaPercent: 50 });
        await config.write(RULES, { ...ACTING, exempt: [NAME] });
        watchdog.child.kill('SIGHUP');
        await action('done', 'none');
        expect(await limits()).to.deep.equal({ cpuQuotaPercent: 50 });
        expect(await database('watchdog_actions').where({ to_step: 'throttle' }), 'throttles').to.have.length(
          1,
        );
      });

    for (const failpoint of suspendFailpoints)
      it(`at ${failpoint} while it suspends, has the VM suspended for abuse and says so`, async () => {
        await config.write(RULES, { dry_run: false, default: { ...HALF, actions: { suspend: true } } });
        await warned(false, 'throttle');
        await vms.setLimits(NAME, { cpuQuotaPercent: 50 }, 'watchdog');
        expect(await start({ BLOCKHOST_FAILPOINT: failpoint }).ended).to.include({ signal: 'SIGKILL' });
        start();
        await action('done', 'suspend');
        expect(await vms.get(NAME)).to.include({ status: 'suspended', suspendReason: 'abuse' });
        expect((await box(NAME)).status).to.equal('suspended');
      });
  });
});
