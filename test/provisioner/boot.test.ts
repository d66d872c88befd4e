import { mkdir, readFile, symlink } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  boot,
  createHostConfig,
  type FinalizationStep,
  PROVISIONER,
  type StepContext,
  supports,
  withRun,
} from '@blockhost/kernel';
import {
  aVmSpec,
  expectRefusal,
  type HostRoot,
  makeHostRoot,
  RecordingLogger,
} from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { parse } from 'yaml';

const repository = join(import.meta.dirname, '../../..');
const plugin = (name: string) => join(repository, 'plugins', name);
const fixture = (name: string) => join(repository, 'test/provisioner/fixtures', name);
const log = new RecordingLogger();

describe('a host whose manifest names a provisioner', function () {
  this.timeout(30_000);
  let host: HostRoot;
  afterEach(() => host.dispose());

  it('sets the sandbox up by its finalization steps, twice, and serves an order', async () => {
    host = await makeHostRoot({ plugins: [plugin('provisioner-sandbox')] });
    const kernel = await boot({ process: 'test', paths: host.paths, log });
    const { steps } = await kernel.import('sandbox', 'finalization');
    for (const _ of ['first', 'again']) for (const step of steps) await runStep(step, host);
    const config = parse(await readFile(join(host.paths.config, 'db.yaml'), 'utf8'));
    expect(config.ip_pool).to.deep.equal({
      network: '127.77.0.0/16',
      start: '127.77.0.10',
      end: '127.77.255.250',
      gateway: '127.77.0.1',
    });

    const provisioner = await kernel.get(PROVISIONER);
    const spec = aVmSpec({ addresses: { ipv4: '127.78.1.1', ipv6: null } });
    const vm = await withRun({ name: 'create', log }, (run) => provisioner.create(spec, run));
    try {
      expect(await greeting('127.78.1.1', vm.loginPort ?? 0)).to.equal(`${spec.name} ready\n`);
      expect(supports(provisioner, 'guestExec')).to.equal(true);
      expect(supports(provisioner, 'throttle')).to.equal(false);
      await expectRefusal(
        Promise.resolve().then(() => provisioner.throttle?.(vm, { cpuQuotaPercent: 50 })),
        'port.not-supported',
      );
    } finally {
      await withRun({ name: 'destroy', log }, (run) => provisioner.destroy(vm, run));
      await kernel.stop();
    }
  });

  it('refuses an order before the sandbox was set up, and calls every state unknown', async () => {
    host = await makeHostRoot({ plugins: [plugin('provisioner-sandbox')] });
    const kernel = await boot({ process: 'test', paths: host.paths, log });
    const provisioner = await kernel.get(PROVISIONER);
    const spec = aVmSpec({ addresses: { ipv4: '127.78.1.2', ipv6: null } });
    await expectRefusal(
      withRun({ name: 'create', log }, (run) => provisioner.create(spec, run)),
      'provisioner.unreachable',
    );
    expect((await provisioner.status({ name: spec.name, backendRef: null })).kind).to.equal('unknown');
    expect((await provisioner.list()).kind).to.equal('unknown');
    await kernel.stop();
  });

  it('hands a manifest without ES modules to provisioner-exec, and the consumer cannot tell', async () => {
    host = await makeHostRoot({ plugins: [fixture('shell'), plugin('provisioner-exec')] });
    const bin = host.paths.resolve('/usr/local/bin');
    await mkdir(bin, { recursive: true });
    await mkdir(join(host.paths.state, 'shell-boxes/.addresses'), { recursive: true });
    for (const verb of ['create', 'destroy', 'status', 'list'])
      await symlink(join(fixture('shell'), 'shell-box'), join(bin, `shell-box-${verb}`));
    const kernel = await boot({ process: 'test', paths: host.paths, log });
    const provisioner = await kernel.get(PROVISIONER);
    expect(supports(provisioner, 'assignsAddresses')).to.equal(true);
    const spec = aVmSpec({ addresses: null });
    const vm = await withRun({ name: 'create', log }, (run) => provisioner.create(spec, run));
    expect(vm).to.deep.include({ name: spec.name, ipv4: '10.20.0.10', ipv6: null });
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'present', value: 'running' });
    await withRun({ name: 'destroy', log }, (run) => provisioner.destroy(vm, run));
    expect(await provisioner.status(vm)).to.deep.equal({ kind: 'absent' });
    await kernel.stop();
  });
});

function runStep(step: FinalizationStep, { paths }: HostRoot) {
  const context: StepContext = {
    answers: {},
    sections: {},
    secret: (name) => expect.fail(`asked for the secret ${name}`),
    results: {},
    journal: { get: () => undefined, put: async () => {} },
    paths,
    config: createHostConfig({ paths }),
    log,
    signal: new AbortController().signal,
    progress: () => {},
    get: () => expect.fail('asked for a service'),
  };
  return step.run(context);
}

function greeting(host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port }, () => {});
    socket.setEncoding('utf8');
    socket.once('data', (text: string) => {
      socket.destroy();
      resolve(text);
    });
    socket.once('error', reject);
  });
}
