import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createHostConfig, hasCode } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { type HostRoot, makeHostRoot } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { MemoryHost } from '../hosting/memory-host.js';
import { MemoryMachines } from '../hosting/memory-machines.js';
import { PostgresServer } from './postgres-server.js';

describe('two hosts on one PostgreSQL database', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  let url: string;
  let name: string;
  const roots: HostRoot[] = [];
  const children: ChildProcess[] = [];
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());
  beforeEach(async () => {
    url = await server.database();
    name = new URL(url).pathname.slice(1);
    await server.psql(name, 'create table led (id bigserial primary key, pid bigint)');
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const root of roots.splice(0)) await root.dispose();
  });

  /** A process of another host. */
  async function start() {
    const root = await makeHostRoot({
      plugins: [
        join(checkout, 'test/hosting/fixtures/chain-in-memory'),
        join(checkout, 'plugins/provisioner-sandbox'),
        join(checkout, 'plugins/hosting'),
      ],
    });
    roots.push(root);
    await createHostConfig({ paths: root.paths }).write(BLOCKHOST_YAML, { database: { url } });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'leading-child.js')], {
      env: { ...process.env, BLOCKHOST_ROOT: root.root },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const words: string[] = [];
    createInterface(child.stdout).on('line', (word) => words.push(word));
    const says = (word: string) =>
      until(`"${word}"`, 20_000, async () => (words.includes(word) ? true : null));
    return { child, words, says };
  }

  const backendsThatLead = `select pid from pg_locks where locktype = 'advisory' and granted and objid = ${0x626c_686c}`;
  const writtenBy = async (child: ChildProcess) =>
    Number(await server.psql(name, `select count(*) from led where pid = ${child.pid}`));

  it('are led by one of them; the other is refused while that lives', async () => {
    const first = await start();
    await first.says('leads');
    const second = await start();
    await second.says('store.not-leader');
    expect(second.words).to.not.include('leads');
    expect(first.words).to.deep.equal(['leads']);
  });

  it('are led by the next as soon as the leader was killed', async () => {
    const first = await start();
    await first.says('leads');
    first.child.kill('SIGKILL');
    await (await start()).says('leads');
  });

  it('are left alone by a leader that lost its connection before anybody else leads', async () => {
    const first = await start();
    await first.says('leads');
    await until('a first mark', 10_000, async () => ((await writtenBy(first.child)) > 0 ? true : null));
    const second = start();
    await server.psql(name, `select pg_terminate_backend(pid) from (${backendsThatLead}) as leader`);
    await (await second).says('leads');
    await first.says('wrote nothing more');
    expect(first.words).to.include('told').and.not.include('wrote');
    // In the order of the database: nothing of the first one after the second one began.
    const turns = await server.psql(
      name,
      `select count(*) from led a where pid = ${first.child.pid} and exists
        (select 1 from led b where b.id < a.id and b.pid = ${(await second).child.pid})`,
    );
    expect(Number(turns)).to.equal(0);
  });

  it('have one monitor, which ends when it lost its connection', async () => {
    const machines = new MemoryMachines();
    const one = await MemoryHost.create({ machines, databaseUrl: url });
    const other = await MemoryHost.create({ machines: new MemoryMachines(), databaseUrl: url });
    try {
      await one.buy(one.chain.customer(1));
      await one.startMonitor();
      await one.rest();
      const refused = await other.startMonitor().then(
        () => null,
        (error: unknown) => error,
      );
      expect(hasCode(refused, 'store.not-leader')).to.equal(true);
      await server.psql(name, `select pg_terminate_backend(pid) from (${backendsThatLead}) as leader`);
      await until('the monitor to fail', 10_000, async () =>
        one.log.records.some(({ message }) => message === 'the monitor failed') ? true : null,
      );
      const lost = await one.vms.list().then(
        () => null,
        (error: unknown) => error,
      );
      expect(hasCode(lost, 'store.leadership-lost')).to.equal(true);
    } finally {
      await other.stopMonitor();
      const next = await one.restarted();
      await next.dispose();
      await other.dispose();
    }
  });
});
