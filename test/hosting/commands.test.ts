import { join } from 'node:path';
import { acquireLock, createExec, type ExecResult } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { MemoryHost } from './memory-host.js';

describe('the commands of the hosting business', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  before(async () => {
    host = await MemoryHost.create();
    await host.buy(host.chain.customer(1));
    host.chain.customer(2).buy({ planId: 1n, days: 1, userEncrypted: '0x12' });
    await host.startMonitor();
    await host.rest();
    await host.stopMonitor();
  });
  after(() => host.dispose());

  const run = (...words: string[]): Promise<ExecResult> =>
    createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost'), ...words], {
      cwd: host.root.root,
      timeoutMs: 20_000,
      env: { BLOCKHOST_ROOT: host.root.root },
    });
  const wallet = () => host.chain.customer(7).key.address;
  const create = (name: string, ...more: string[]) =>
    run('vm', 'create', name, '--owner-wallet', wallet(), '--memory', '256', '--disk', '1', ...more);

  it('list VMs as a table and as JSON', async () => {
    const table = await run('vm', 'list');
    const [vm] = await host.vms.list();
    expect(table.stdout.split('\n').slice(0, 2)).to.deep.equal([
      'NAME\tSTATUS\tIP\tCREATED',
      `blockhost-001\tactive\t${vm?.ipv4}\t${vm?.createdAt.slice(0, 10)}`,
    ]);
    for (const flags of [['--json'], ['--format', 'json']]) {
      const { stdout } = await run('vm', 'list', ...flags);
      expect(JSON.parse(stdout)[0]).to.include({ name: 'blockhost-001', status: 'active', ip: vm?.ipv4 });
    }
  });

  it('list the pipeline in columns, and in full as JSON', async () => {
    const { stdout } = await run('pipeline', 'list');
    const [header, ...rows] = stdout.trimEnd().split('\n');
    expect(header).to.match(/^ID +STATE +PLACE +STAGE +VM +REASON$/);
    expect(rows.map((row) => row.split(/ {2,}/).slice(0, 2))).to.have.deep.members([
      ['create:1', 'done'],
      ['create:2', 'needs-operator'],
    ]);
    const json = JSON.parse((await run('pipeline', 'list', '--json')).stdout);
    expect(json).to.include({ active: null }).and.to.have.deep.property('queue', []);
    expect(json.history.map((entry: { id: string }) => entry.id)).to.have.members(['create:1', 'create:2']);
  });

  it('reconcile, or only show what that would do', async () => {
    // The process of a command sees a chain of its own, on which nobody has bought anything.
    const shown = await run('reconcile', '--dry-run');
    expect(shown.code, shown.stderr).to.equal(0);
    expect(shown.stdout).to.include('count-missing').and.to.include('subscription-missing');
    expect(await host.database('missing_credentials')).to.deep.equal([]);
    const lock = await acquireLock(join(host.root.paths.run, 'reconcile.lock'), {
      timeoutMs: 0,
      purpose: 'a test',
    });
    const busy = await run('reconcile');
    lock.release();
    expect(busy.code, busy.stderr).to.equal(4);
    const done = await run('reconcile', '--json');
    expect(done.code, done.stderr).to.equal(0);
    const report = JSON.parse(done.stdout);
    expect(report.actions.map((action: { do: string }) => action.do)).to.deep.equal(['count-missing']);
    expect(report.findings[0]).to.include({ kind: 'subscription-missing', subject: 'blockhost-001' });
    expect(await host.database('missing_credentials').pluck('passes')).to.deep.equal([1]);
  });

  it('tell the state of a VM in one word and end with 0', async () => {
    expect(await run('vm', 'status', 'blockhost-001')).to.include({ code: 0, stdout: 'active\n' });
    expect(await run('vm', 'status', 'nobody')).to.include({ code: 0, stdout: 'unknown\n' });
    expect(await run('vm', 'status')).to.include({ code: 0, stdout: 'unknown\n' });
  });

  it('stop, start and kill a VM, each twice without harm', async () => {
    for (const [verb, state] of [
      ['stop', 'suspended'],
      ['stop', 'suspended'],
      ['start', 'active'],
      ['start', 'active'],
      ['kill', 'suspended'],
      ['kill', 'suspended'],
      ['start', 'active'],
    ] as const) {
      const result = await run('vm', verb, 'blockhost-001');
      expect(result.code, result.stderr).to.equal(0);
      expect((await run('vm', 'status', 'blockhost-001')).stdout).to.equal(`${state}\n`);
    }
  });

  it('run a command in the guest and end with its exit code', async () => {
    const told = await run('vm', 'guest-exec', 'blockhost-001', 'echo', 'hello; echo oops >&2; exit 7');
    expect(told).to.include({ code: 7, stdout: 'hello\n' });
    expect(told.stderr).to.include('oops');
  });

  it('print metrics as one JSON object', async () => {
    const { stdout } = await run('vm', 'metrics', 'blockhost-001');
    expect(JSON.parse(stdout))
      .to.include({ state: 'running', cpu_count: 1 })
      .and.to.have.property('disk_read_bytes_sec');
  });

  it('set who may log in', async () => {
    const set = await run('vm', 'update-gecos', 'blockhost-001', wallet(), '--nft-id', '99');
    expect(set.code, set.stderr).to.equal(0);
    const passwd = await run('vm', 'guest-exec', 'blockhost-001', 'grep ^admin: etc/passwd');
    expect(passwd.stdout).to.include(`wallet=${wallet()},nft=99`);
  });

  it('make a VM only with --apply, and destroy it, twice without harm', async () => {
    const dry = await create('by-hand');
    expect(dry.code, dry.stderr).to.equal(0);
    const preview = JSON.parse(dry.stdout.replace('BLOCKHOST_RESULT: ', ''));
    expect(preview).to.include({ status: 'ok', vm_name: 'by-hand', dry_run: true });
    expect(await host.vms.get('by-hand')).to.equal(null);

    const made = await create('by-hand', '--apply');
    expect(made.code, made.stderr).to.equal(0);
    const result = JSON.parse(made.stdout.replace('BLOCKHOST_RESULT: ', ''));
    expect(result).to.include({ vm_name: 'by-hand', ip: preview.ip, username: 'admin' });
    expect((await run('vm', 'status', 'by-hand')).stdout).to.equal('active\n');
    expect(await create('by-hand', '--apply')).to.include({ code: 1 });

    const stopped = await run('vm', 'kill', 'by-hand', '--json');
    expect(JSON.parse(stopped.stdout)).to.deep.equal({ name: 'by-hand', power: 'off' });
    for (let times = 0; times < 2; times += 1)
      expect(await run('vm', 'destroy', 'by-hand')).to.include({ code: 0 });
    expect((await run('vm', 'status', 'by-hand')).stdout).to.equal('destroyed\n');
  });

  it('end with 3 for a VM that does not exist and leave stdout empty', async () => {
    for (const verb of ['start', 'stop', 'kill', 'metrics'])
      expect(await run('vm', verb, 'nobody')).to.include({ code: 3, stdout: '' });
  });

  it('refuse to start a suspended VM without --force', async () => {
    await host.vms.suspend('blockhost-001', 'expiry');
    expect(await run('vm', 'start', 'blockhost-001')).to.include({ code: 5 });
    expect(await run('vm', 'start', 'blockhost-001', '--force')).to.include({ code: 0 });
    await host.vms.activate('blockhost-001');
  });

  it('show limits, and refuse wrong ones and what the provisioner cannot do', async () => {
    expect(await run('vm', 'throttle', 'blockhost-001', '--show', '--json')).to.include({
      code: 0,
      stdout: '{}\n',
    });
    const wrong = await run('vm', 'throttle', 'blockhost-001', '--cpu-quota', '500');
    expect(wrong).to.include({ code: 2, stdout: '' });
    expect(wrong.stderr).to.include('--cpu-quota').and.to.include('1 to 100');
    expect(await run('vm', 'throttle', 'blockhost-001')).to.include({ code: 2 });
    expect(await run('vm', 'throttle', 'blockhost-001', '--cpu-quota', '50')).to.include({ code: 5 });
    expect((await host.vms.get('blockhost-001'))?.limits).to.deep.equal({});
  });

  it('build the base image once', async () => {
    const built = await run('vm', 'build-template', '--json');
    expect(built.code, built.stderr).to.equal(0);
    expect(JSON.parse(built.stdout)).to.include({ built: false });
  });

  it('list, show, retry and drop entries of the pipeline', async () => {
    const { active, queue, history } = JSON.parse((await run('pipeline', 'list', '--json')).stdout);
    expect({ active, queue }).to.deep.equal({ active: null, queue: [] });
    expect(history.map(({ id, state }: { id: string; state: string }) => `${id} ${state}`)).to.have.members([
      'create:1 done',
      'create:2 failed',
    ]);
    const shown = await run('pipeline', 'show', 'create:2');
    expect(shown.stdout).to.match(/^failed_stage +decrypted$/m);
    expect(shown.stdout).to.match(/^received_at +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/m);
    expect(await run('pipeline', 'retry', 'create:1')).to.include({ code: 5 });
    expect(await run('pipeline', 'retry', 'create:2')).to.include({ code: 0 });
    expect((await host.entries())[1]).to.include({ state: 'queued', failed_stage: null });
    const dropped = await run('pipeline', 'drop', 'create:2', '--json');
    expect(JSON.parse(dropped.stdout)).to.deep.equal({ id: 'create:2', state: 'cancelled' });
    expect((await host.entries())[1]).to.include({ state: 'cancelled', user_encrypted: null });
    expect(await run('pipeline', 'show', 'create:9')).to.include({ code: 3, stdout: '' });
  });
});
