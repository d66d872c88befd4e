import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROVISIONER, VM_STORE } from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import { expect } from 'chai';
import { DemoHost } from '../demo/host.js';
import { buy, type ConnectionDetails, openCredential, type ReadyHost, setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { checkInvariants } from '../invariants/check-invariants.js';

interface VmRow {
  readonly name: string;
  readonly status: string;
  readonly ip: string;
}

describe('the main job on one machine', () => {
  let host: DemoHost;
  let ready: ReadyHost;

  before(async function () {
    this.timeout(120_000);
    host = await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-e2e-')));
    ready = await setUp(host, () => {});
  });

  after(async function () {
    this.timeout(60_000);
    for (const { name } of await vms()) await host.run('vm', 'destroy', name);
    await host.stop();
    await ready?.stop();
    await rm(host.root, { recursive: true, force: true });
  });

  afterEach(async () => {
    const { engine, kernel } = ready;
    await checkInvariants({
      engine,
      provisioner: await kernel.get(PROVISIONER),
      vms: await kernel.get(VM_STORE),
      database: await kernel.get(DATABASE),
      now: Date.now(),
      graceMs: 7 * 86_400_000,
    });
  });

  const vms = async () => JSON.parse(await host.run('vm', 'list', '--json')) as VmRow[];
  const vmOf = async (details: ConnectionDetails) => (await vms()).find((vm) => vm.ip === details.hostname);
  const idle = () =>
    until('the pipeline to rest', 60_000, async () => {
      const { active, queue } = JSON.parse(await host.run('pipeline', 'list', '--json'));
      return active === null && queue.length === 0 ? true : null;
    });

  it('gives a buyer a VM and connection details that only the buyer can read', async () => {
    const monitor = host.start(['daemon', 'monitor']);
    const purchase = await buy(ready, 'alice');
    const { tokenId, details } = await openCredential(ready, purchase);

    expect(details.username).to.equal('admin');
    expect(await vmOf(details)).to.include({ status: 'active' });

    const credential = await ready.engine.credentials.get(tokenId);
    if (credential.kind !== 'present') throw new Error('no credential');
    const stranger = await ready.devnet.customer('mallory');
    const refusal = await stranger
      .open(credential.value.userData, 'blockhost-access@demo')
      .catch((error: unknown) => error);
    expect(refusal).to.have.property('code', 'chain.undecryptable');

    await idle();
    monitor.child.kill('SIGTERM');
    expect(await monitor.ended).to.include({ code: 0 });
  });

  it('serves a purchase made while no monitor was running', async () => {
    const purchase = await buy(ready, 'bob');
    const monitor = host.start(['daemon', 'monitor']);
    const { details } = await openCredential(ready, purchase);
    expect(await vmOf(details)).to.include({ status: 'active' });
    await idle();
    monitor.child.kill('SIGTERM');
    await monitor.ended;
  });

  it('makes one VM and one credential when the monitor is killed in the middle', async () => {
    const before = (await vms()).length;
    const purchase = await buy(ready, 'carol');
    const killed = host.start(['daemon', 'monitor'], { env: { BLOCKHOST_FAILPOINT: 'create.mint:before' } });
    expect(await killed.ended).to.include({ signal: 'SIGKILL' });

    const monitor = host.start(['daemon', 'monitor']);
    await openCredential(ready, purchase);
    await idle();
    const owned = await ready.engine.credentials.ownedBy(purchase.customer.address);
    expect(owned).to.have.property('value').with.lengthOf(1);
    expect(await vms()).to.have.lengthOf(before + 1);
    monitor.child.kill('SIGTERM');
    await monitor.ended;
  });

  it('serves two buyers at once, each with a VM of its own', async () => {
    const monitor = host.start(['daemon', 'monitor']);
    const purchases = await Promise.all([buy(ready, 'dave'), buy(ready, 'erin')]);
    const opened = await Promise.all(purchases.map((purchase) => openCredential(ready, purchase)));
    const addresses = opened.map(({ details }) => details.hostname);
    expect(new Set(addresses).size).to.equal(2);
    await idle();
    monitor.child.kill('SIGTERM');
    await monitor.ended;
  });

  it('does nothing when a finished set-up is run again', async () => {
    const again = await host.run('setup', '--config', ready.answersFile);
    expect(again).to.include('nothing was done');
    expect(await ready.engine.plans.list())
      .to.have.property('value')
      .with.lengthOf(1);
  });
});
