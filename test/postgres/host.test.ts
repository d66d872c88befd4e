import { join } from 'node:path';
import { createExec } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { MemoryHost } from '../hosting/memory-host.js';
import { MemoryMachines } from '../hosting/memory-machines.js';
import { PostgresServer } from './postgres-server.js';

describe('a host whose state lies in PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let host: MemoryHost;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());
  beforeEach(async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines(), databaseUrl: await server.database() });
  });
  afterEach(() => host.dispose());

  it('serves purchases, an extension and a cancellation, and holds every invariant at rest', async () => {
    for (let buyer = 1; buyer <= 5; buyer += 1) await host.buy(host.chain.customer(buyer));
    await host.startMonitor();
    await host.rest();
    const status = await createExec({ paths: host.root.paths }).run(
      [join(checkout, 'bin/blockhost'), 'status', '--json'],
      { cwd: host.root.root, timeoutMs: 20_000, env: { BLOCKHOST_ROOT: host.root.root } },
    );
    expect(JSON.parse(status.stdout)).to.have.nested.property('database.vms.active', 5);
    const { expiresAt = '' } = (await host.vms.get('blockhost-001')) ?? {};
    host.chain.customer(1).extend(1n, 30);
    host.chain.send(host.chain.ownerKey.key, { do: 'cancel', subscriptionId: 2n });
    await host.rest();
    const vms = await host.vms.list({ destroyed: true });
    expect(vms.map(({ name, status }) => `${name} ${status}`)).to.have.members([
      'blockhost-001 active',
      'blockhost-002 destroyed',
      'blockhost-003 active',
      'blockhost-004 active',
      'blockhost-005 active',
    ]);
    const extended = await host.vms.get('blockhost-001');
    expect(Date.parse(extended?.expiresAt ?? '')).to.be.greaterThan(Date.parse(expiresAt));
    expect(await host.database('pipeline_entries').whereNot({ state: 'done' })).to.deep.equal([]);
  });

  it('takes nothing twice after a restart', async () => {
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    host = await host.restarted();
    await host.buy(host.chain.customer(2));
    await host.startMonitor();
    await host.rest();
    expect((await host.vms.list()).map(({ name }) => name)).to.deep.equal(['blockhost-001', 'blockhost-002']);
    expect(host.log.records.filter(({ level }) => level === 'error')).to.deep.equal([]);
  });
});
