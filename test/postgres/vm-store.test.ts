import { join } from 'node:path';
import type { VmStore } from '@blockhost/kernel';
import { expect } from 'chai';
import { PostgresServer } from './postgres-server.js';

const dist = join(import.meta.dirname, '../../../plugins/hosting/dist');
interface Host {
  readonly vms: VmStore;
  dispose(): Promise<void>;
}
type Open = (db: object) => Promise<Host>;
const { TestHost }: { TestHost: { create(db: object, where: { url: string }): Promise<Host> } } =
  await import(join(dist, 'test-host.js'));
const { vmStoreCases }: { vmStoreCases(open: Open): void } = await import(
  join(dist, 'vms/vm-store-cases.test.js')
);
const { vmLifeCases }: { vmLifeCases(open: Open, runs: number): void } = await import(
  join(dist, 'vms/vm-life-cases.test.js')
);

describe('the VM store on PostgreSQL', function () {
  this.timeout(60_000);
  let server: PostgresServer;
  before(async () => {
    server = await PostgresServer.start();
  });
  after(() => server.stop());

  const open: Open = async (db) => TestHost.create(db, { url: await server.database() });
  vmStoreCases(open);
  vmLifeCases(open, 8);

  it('shares one database between hosts: fifty writers of two, no address twice', async () => {
    const url = await server.database();
    const db = { ip_pool: { network: '10.20.0.0/24', start: 10, end: 200, gateway: '10.20.0.1' } };
    const hosts = await Promise.all([TestHost.create(db, { url }), TestHost.create(db, { url })]);
    try {
      const vms = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          hosts[index % 2]?.vms.reserve({
            name: `vm-${index}`,
            operationId: `vm-${index}`,
            ownerWallet: 'w',
            planId: null,
            username: 'admin',
            cpu: 1,
            memoryMb: 256,
            diskGb: 1,
            expiresAt: '2026-02-01T00:00:00Z',
          }),
        ),
      );
      expect(new Set(vms.map((vm) => vm?.ipv4)).size).to.equal(50);
    } finally {
      await Promise.all(hosts.map((host) => host.dispose()));
    }
  });

  it('is forbidden by the database to give a live name, an address or a credential two owners', async () => {
    const url = await server.database();
    const host = await TestHost.create({}, { url });
    const name = new URL(url).pathname.slice(1);
    const vm = (id: number, more: string) =>
      server.psql(
        name,
        `insert into vms (id, name, status, operation_id, owner_wallet, username, cpu, memory_mb, disk_gb, created_at,
          expires_at, nft_token_id, nft_minted) values (${id}, ${more}, 'op${id}', 'w', 'u', 1, 1, 1, '', '', '7', ${id})`,
      );
    const refused = (act: Promise<unknown>) =>
      act.then(
        () => null,
        (error: Error) => error.message,
      );
    await vm(1, `'a', 'active'`);
    expect(await refused(vm(2, `'a', 'active'`))).to.include('vms_live_name');
    expect(await refused(vm(3, `'b', 'sold'`))).to.include('check constraint');
    const address = `insert into vm_addresses (address, family, vm_id) values ('10.0.0.2', 4, 1)`;
    await server.psql(name, address);
    expect(await refused(server.psql(name, address))).to.include('vm_addresses_pkey');
    expect(
      await refused(server.psql(name, `update vm_addresses set released_at = 1 where address = '10.0.0.2'`)),
    ).to.include('check constraint');
    await host.dispose();
  });
});
