import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DEVNET, type RunningDevnet } from '@blockhost/kernel';
import { expect } from 'chai';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { DemoHost, type Ended } from '../demo/host.js';
import { buy, openCredential, publicSecret, type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { mayMount, SmallDisk, unlessSkipped } from '../setup/small-disk.js';

interface EntryRow {
  readonly id: string;
  readonly state: string;
  readonly vm_name: string;
  readonly needs_operator: boolean;
  readonly last_error: string | null;
}

interface VmRow {
  readonly name: string;
  readonly status: string;
  readonly ip: string;
}

/** Where the sandbox's guests listen. */
const GUEST_PORT = 7722;

/** A message for people: how it ends, what it says, and that it shows no stack and blames no program. */
function expectHelp(ended: Ended, code: number, ...texts: readonly string[]): void {
  expect(ended.code, ended.stderr).to.equal(code);
  for (const text of texts) expect(ended.stderr).to.include(text);
  expect(ended.stderr).to.not.match(/^\s+at .*:\d+|Unexpected error|fault of|BLOCKHOST_DEBUG/m);
}

describe('a host that is given something bad', function () {
  this.timeout(60_000);
  let host: DemoHost;
  let ready: ReadyHost;
  let devnet: RunningDevnet;
  let log: string[];

  before(async () => {
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-bad-')));
    ready = await setUp(host, () => {});
    devnet = ready.devnet;
    const yaml = await readFile(etc('blockhost.yaml'), 'utf8');
    const quick = 'monitor: { poll_interval_ms: 100, retry_delays_ms: [100, 100, 100] }\n';
    await writeFile(etc('blockhost.yaml'), yaml + quick);
  });

  beforeEach(() => {
    log = [];
  });

  afterEach(() => host.stop());

  after(async () => {
    for (const { name, status } of await vms())
      if (status !== 'destroyed') await host.run('vm', 'destroy', name);
    await devnet?.stop();
    await ready?.stop();
    await rm(host.root, { recursive: true, force: true });
  });

  const etc = (name: string) => join(host.root, 'etc/blockhost', name);
  const text = { BLOCKHOST_LOG_FORMAT: 'text' };
  const vms = async () => JSON.parse(await host.run('vm', 'list', '--json')) as VmRow[];
  const vmNames = async () => (await vms()).map(({ name }) => name);
  const entries = async (): Promise<EntryRow[]> => {
    const { active, queue, history } = JSON.parse(await host.run('pipeline', 'list', '--json'));
    return [...(active ? [active] : []), ...queue, ...history];
  };
  const entryOf = async (subscriptionId: bigint) =>
    (await entries()).find(({ id }) => id === `create:${subscriptionId}`);
  const command = (...args: string[]) => host.start(args, { env: text }).ended;
  const create = (name: string) =>
    command('vm', 'create', name, '--owner-wallet', ready.admin.address, '--apply');
  const monitor = () =>
    host.start(['daemon', 'monitor'], { env: text, onLine: (line) => void log.push(line) });
  const said = (what: string | RegExp) =>
    until(`the monitor to say "${what}"`, 30_000, async () => log.find((line) => line.match(what)) ?? null);

  /** A purchase that the running monitor serves to its end. */
  async function expectServed(purchase: Awaited<ReturnType<typeof buy>>, timeoutMs = 30_000): Promise<void> {
    const { details } = await openCredential(ready, purchase, timeoutMs);
    const entry = await until('the entry to be done', 10_000, async () => {
      const found = await entryOf(purchase.subscriptionId);
      return found?.state === 'done' ? found : null;
    });
    const made = (await vms()).filter(({ name }) => name === entry.vm_name);
    expect(made).to.have.lengthOf(1);
    expect(made[0]).to.include({ status: 'active', ip: details.hostname });
    const owned = await ready.engine.credentials.ownedBy(purchase.customer.address);
    expect(owned).to.have.property('value').with.lengthOf(1);
  }

  for (const { file, wrong, pointer, missing, use } of [
    {
      file: 'blockhost.yaml',
      wrong: 'plans: 7\n',
      pointer: '/plans is number 7, expected object',
      missing: 'There is no blockhost.yaml',
      use: () => command('daemon', 'monitor'),
    },
    {
      file: 'web3-defaults.yaml',
      wrong: 'blockchain: 7\n',
      pointer: '/blockchain is number 7, expected object',
      missing: 'There is no web3-defaults.yaml',
      use: () => command('daemon', 'monitor'),
    },
    {
      file: 'db.yaml',
      wrong: 'ip_pool: 7\n',
      pointer: '/ip_pool is number 7, expected object',
      missing: 'ip_pool (network, start, end, gateway) into db.yaml',
      use: () => create('config-1'),
    },
  ])
    it(`names what is wrong with ${file}, and works once it is mended`, async () => {
      const kept = `${etc(file)}.kept`;
      await rename(etc(file), kept);
      const gone = await use();
      expectHelp(gone, gone.code === 7 ? 7 : 1, missing);
      await writeFile(etc(file), 'a:\n  - [\n');
      expectHelp(await use(), 1, `${etc(file)} is not valid YAML`, 'at line', 'Repair the file');
      await writeFile(etc(file), wrong);
      expectHelp(await use(), 1, pointer, 'Correct these values');

      await rename(kept, etc(file));
      if (file === 'db.yaml') {
        expect(await create('config-1')).to.include({ code: 0 });
        expect(await vmNames()).to.deep.equal(['config-1']);
      } else {
        const { child, ended } = monitor();
        await said('daemon ready');
        child.kill('SIGTERM');
        expect(await ended).to.include({ code: 0 });
      }
    });

  it('keeps a purchase while db.yaml is broken, and serves it once it is mended', async () => {
    const right = await readFile(etc('db.yaml'), 'utf8');
    await writeFile(etc('db.yaml'), 'ip_pool: 7\n');
    monitor();
    const purchase = await buy(ready, 'dora');
    const entry = await until('the entry to wait for an operator', 20_000, async () => {
      const found = await entryOf(purchase.subscriptionId);
      return found?.needs_operator ? found : null;
    });
    expect(entry.last_error).to.include('/ip_pool is number 7').and.include('Correct these values');
    expect(await host.run('pipeline', 'list')).to.include('needs-operator');

    await writeFile(etc('db.yaml'), right);
    await host.run('pipeline', 'retry', entry.id);
    await expectServed(purchase);
  });

  it('starts no private chain on a port in use, and says which', async () => {
    const { server, port } = await listen('127.0.0.1', 0);
    const start = async () =>
      (await ready.kernel.get(DEVNET)).start({
        folder: join(host.root, 'second-devnet'),
        port,
        signal: AbortSignal.timeout(30_000),
      });
    const refusal = await start().catch((error: unknown) => error);
    expect(refusal).to.include({ code: 'devnet.not-started' });
    expect(refusal).to.have.property('remedy').that.includes(`port ${port} is free`);
    await close(server);
    const second = await start();
    expect(second.rpcUrl).to.equal(`http://127.0.0.1:${port}`);
    await second.stop();
  });

  it('waits while no node answers, says so in one sentence, and serves what was bought when one does', async () => {
    monitor();
    await said('daemon ready');
    await devnet.stop();
    const line = await said('cannot be re');
    expect(line).to.include('The chain cannot be reached (').and.include('ECONNREFUSED');
    expect(line.match(/cannot be reached/g)).to.have.lengthOf(1);
    expect(line).to.not.include('..');

    devnet = await (await ready.kernel.get(DEVNET)).start({
      folder: join(host.root, 'devnet'),
      port: Number(new URL(ready.devnet.rpcUrl).port),
      signal: new AbortController().signal,
    });
    ready = { ...ready, devnet };
    await expectServed(await buy(ready, 'rita'));
  });

  it("keeps a purchase whose VM's address another process has taken, and serves it on retry", async () => {
    const preview = await host.run('vm', 'create', 'preview', '--owner-wallet', ready.admin.address);
    const { ip } = JSON.parse(preview.replace('BLOCKHOST_RESULT: ', '')) as { ip: string };
    const { server } = await listen(ip, GUEST_PORT);
    monitor();
    const purchase = await buy(ready, 'pete');
    const entry = await until('the entry to fail', 20_000, async () => {
      const found = await entryOf(purchase.subscriptionId);
      return found?.needs_operator ? found : null;
    });
    expect(entry.last_error).to.include(ip);
    expect(await vmNames()).to.not.include(entry.vm_name);

    await close(server);
    await host.run('pipeline', 'retry', entry.id);
    await expectServed(purchase);
  });

  it('leaves a purchase that was sealed for another host to the operator, and serves the next one', async () => {
    const { contracts } = ready.engine.chain;
    if (!contracts) throw new Error('no contracts');
    const stranger = await ready.devnet.customer('ulla');
    const sealed = await stranger.buy({
      subscriptions: contracts.subscriptions,
      planId: 1n,
      days: 30,
      serverPublicKey: privateKeyToAccount(generatePrivateKey()).publicKey,
      publicSecret,
    });
    monitor();
    const next = await buy(ready, 'nora');
    await expectServed(next);
    const entry = await until('the entry to be given up', 10_000, async () => {
      const found = await entryOf(sealed.subscriptionId);
      return found?.needs_operator ? found : null;
    });
    expect(entry.last_error).to.match(/decrypt/i);
    expect(await host.run('pipeline', 'show', entry.id)).to.include(entry.last_error ?? '');
    expect(await vmNames()).to.not.include(entry.vm_name);
  });

  // Last: what happens on the disk of its own goes with it.
  it(`says that the disk is read-only or full, loses no purchase by it, and serves all when it is mended${unlessSkipped}`, async function () {
    if (!mayMount) this.skip();
    // The monitor would bring them up first, one after the other, and none boots while the disk is full.
    for (const vm of await vmNames()) await host.run('vm', 'kill', vm);
    const disk = await SmallDisk.mount(join(host.root, 'var/lib/blockhost'), '16m');
    host.prefix = disk.prefix;
    try {
      disk.lock('ro');
      expectHelp(await command('daemon', 'monitor'), 1, 'database cannot be opened', 'writable');
      expectHelp(await create('full-1'), 1, 'database cannot be opened', 'writable');
      disk.lock('rw');

      const running = monitor();
      await said('daemon ready');
      await disk.fill();
      expectHelp(await create('full-1'), 1, 'disk', 'ree space');
      const purchase = await buy(ready, 'fred');
      await said(/full/);
      expect(running.child.exitCode).to.equal(null);

      await disk.empty();
      expect(await create('full-1')).to.include({ code: 0 });
      await expectServed(purchase);
      await host.stop();
      await host.run('vm', 'destroy', 'full-1');
      const { vm_name } = (await entryOf(purchase.subscriptionId)) ?? {};
      await host.run('vm', 'destroy', vm_name ?? '');
    } finally {
      await host.stop();
      host.prefix = [];
      await disk.unmount();
    }
  });
});

function listen(address: string, port: number): Promise<{ server: Server; port: number }> {
  const server = createServer((socket) => socket.destroy());
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () =>
      resolve({ server, port: (server.address() as { port: number }).port }),
    );
  });
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
