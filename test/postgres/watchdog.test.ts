import { expect } from 'chai';
import { HALF, WatchedHost } from '../watchdog/watched-host.js';
import { PostgresServer } from './postgres-server.js';

describe('the watchdog of a host whose state lies in PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let host: WatchedHost;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());
  afterEach(() => host.dispose());

  it('throttles, remembers after a restart, and lets go', async () => {
    host = await WatchedHost.create({ dry_run: false, plans: { '1': HALF } }, await server.database());
    await host.addVm('vm-a');
    await host.addVm('vm-b');
    host.uses('vm-a', { cpuPercent: 150 });
    host.uses('vm-b', { cpuPercent: 150, guestAgentResponsive: false });
    await host.watch(12);
    host.restart();
    expect(host.inForce('vm-a')).to.deep.equal({ cpuQuotaPercent: 25 });
    expect((await host.steps()).at(-1)).to.equal('vm-b cpu_percent warn→throttle braked');
    expect(await host.database('watchdog_findings').pluck('kind')).to.include('agent-silent');
    host.uses('vm-a', { cpuPercent: 1 });
    await host.watch(12);
    expect((await host.vms.get('vm-a'))?.limits).to.deep.equal({});
    expect((await host.steps()).at(-1)).to.equal('vm-a cpu_percent throttle→warn');
  });
});
