import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHostConfig, hasCode } from '@blockhost/kernel';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { TestHost } from '../test-host.js';
import SqlVmStore from '../vms/sql-vm-store.js';
import { vmLifeCases } from '../vms/vm-life-cases.test.js';
import { vmStoreCases } from '../vms/vm-store-cases.test.js';
import { takeBack } from './hand-over.js';

describe('the VM store where vms.json leads', function () {
  this.timeout(30_000);
  vmStoreCases((db) => TestHost.create(db, { inFile: true }));
  vmLifeCases((db) => TestHost.create(db, { inFile: true }), 2);

  describe('beside programs that write it too', () => {
    let host: TestHost;
    let file: string;
    beforeEach(async () => {
      host = await TestHost.create(
        { ip_pool: { network: '10.20.0.0/24', start: 10, end: 14, gateway: '10.20.0.1' } },
        { inFile: true },
      );
      file = join(host.paths.state, 'vms.json');
    });
    afterEach(() => host.dispose());

    const order = (name: string) => ({
      name,
      operationId: `order-${name}`,
      ownerWallet: 'fake1alice',
      planId: null,
      username: 'admin',
      cpu: 1,
      memoryMb: 512,
      diskGb: 5,
      expiresAt: '2026-02-01T00:00:00Z',
    });
    const make = async (name: string) => {
      const { ipv4, ipv6, operationId } = await host.vms.reserve(order(name));
      return host.vms.publish(name, operationId, { name, backendRef: 'x', username: 'admin', ipv4, ipv6 });
    };
    const read = async () => JSON.parse(await readFile(file, 'utf8'));
    /** What a program of the second generation does under the lock. */
    const change = async (act: (content: Awaited<ReturnType<typeof read>>) => void) => {
      const content = await read();
      act(content);
      await rm(file);
      await writeFile(file, JSON.stringify(content), { mode: 0o640 });
    };
    const foreign = (name: string, ip: string) => ({
      vm_name: name,
      vmid: 131,
      ip_address: ip,
      ipv6_address: null,
      status: 'active',
      owner: 'bob',
      purpose: 'shop',
      wallet_address: 'fake1bob',
      network_mode: 'broker',
      created_at: '2026-01-01T10:00:00.123456+00:00',
      expires_at: '2026-01-31T10:00:00+00:00',
    });
    const register = (name: string, ip: string) =>
      change((content) => {
        content.vms[name] = foreign(name, ip);
        content.allocated_ips.push(ip);
        content.next_vmid = 132;
      });
    const failure = (act: Promise<unknown>) =>
      act.then(
        () => null,
        (error: unknown) => error,
      );

    it('sees a VM that another program registered, and gives its address to nobody', async () => {
      await register('theirs', '10.20.0.10');
      expect(await host.vms.get('theirs')).to.include({
        status: 'active',
        ownerWallet: 'fake1bob',
        ipv4: '10.20.0.10',
        vmid: 131,
      });
      expect((await host.vms.reserve(order('ours'))).ipv4).to.equal('10.20.0.11');
      const { vms, next_vmid, operations } = await read();
      expect(vms.theirs).to.include({ owner: 'bob', purpose: 'shop', network_mode: 'broker', vmid: 131 });
      expect(next_vmid).to.equal(132);
      expect(operations).to.have.all.keys('ours');
    });

    it('keeps an address out of use that another program allocated and has not used yet, until it lets go', async () => {
      await change(({ allocated_ips }) => allocated_ips.push('10.20.0.10'));
      expect((await make('ours')).ipv4).to.equal('10.20.0.11');
      expect(await read()).to.deep.include({ allocated_ips: ['10.20.0.10', '10.20.0.11'], quarantined: {} });
      await change((content) => {
        content.allocated_ips = ['10.20.0.11'];
      });
      expect((await make('next')).ipv4).to.equal('10.20.0.10');
    });

    it('takes the address of a VM that another program destroyed for the youngest released one', async () => {
      await make('ours');
      await change(({ vms, allocated_ips }) => {
        vms.ours = { ...vms.ours, status: 'destroyed', destroyed_at: '2026-01-01T00:00:01+00:00' };
        allocated_ips.splice(0);
      });
      expect(await host.vms.get('ours')).to.include({ status: 'destroyed' });
      expect((await host.vms.reserve(order('next'))).ipv4).to.equal('10.20.0.11');
    });

    it('takes a VM that its provisioner registered during the order for the ordered one', async () => {
      await host.vms.reserve(order('ours'), { addresses: false });
      await register('ours', '10.20.0.12');
      const [creating] = await host.vms.list();
      expect(creating).to.include({ status: 'creating', operationId: 'order-ours', ipv4: '10.20.0.12' });
      await host.vms.setPower('ours', 'on');
      expect((await read()).vms.ours).to.include({ status: 'active', owner: 'bob' });
      const made = { name: 'ours', backendRef: 'n/131', username: 'admin', ipv4: '10.20.0.12', ipv6: null };
      await host.vms.publish('ours', 'order-ours', made);
      const { vms, operations } = await read();
      expect(vms.ours).to.include({ status: 'active', operation_id: 'order-ours', network_mode: 'broker' });
      expect(operations).to.deep.equal({});
    });

    it('keeps keys that it gives no meaning, wherever they stand', async () => {
      await make('ours');
      await host.vms.reserveToken('ours', 'fake1alice', 7n);
      await change((content) => {
        content.painted = 'green';
        content.vms.ours.colour = 'blue';
        content.reserved_nft_tokens['7'].note = 'first';
        content.operations.theirs = { op: 'resize', operation_id: 'x', started_at: '2026-01-01T00:00:00Z' };
      });
      await host.vms.suspend('ours', 'admin');
      const after = await read();
      expect(after.painted).to.equal('green');
      expect(after.vms.ours).to.include({ colour: 'blue', status: 'suspended' });
      expect(after.reserved_nft_tokens['7']).to.include({ note: 'first' });
      expect(after.operations.theirs).to.include({ op: 'resize' });
    });

    it('keeps what the file does not hold while others write it', async () => {
      await make('ours');
      await host.vms.setLimits('ours', { cpuQuotaPercent: 50 }, 'watchdog');
      await register('theirs', '10.20.0.12');
      expect(await host.vms.list()).to.have.lengthOf(2);
      const released = await host.vms.releaseLimits('ours', ['cpuQuotaPercent'], 'watchdog');
      expect(released.limits).to.deep.equal({});
    });

    it('forgets a VM that another program took out of the file, and makes its name and address free', async () => {
      await make('ours');
      await change((content) => {
        delete content.vms.ours;
        content.allocated_ips = [];
      });
      expect(await host.vms.get('ours')).to.equal(null);
      expect((await make('ours')).ipv4).to.equal('10.20.0.10');
    });

    it('writes readable to the service only, keeps the file before it, and nothing when nothing changes', async () => {
      await make('ours');
      await host.vms.suspend('ours', 'admin');
      expect((await stat(file)).mode & 0o777).to.equal(0o640);
      const bak = JSON.parse(await readFile(`${file}.bak`, 'utf8'));
      expect(bak.vms.ours.status).to.equal('active');
      const { ino } = await stat(file);
      await host.vms.suspend('ours', 'admin');
      expect((await stat(file)).ino).to.equal(ino);
    });

    const broken: readonly [string, (content: Record<string, unknown>) => string, string][] = [
      ['half of a file', () => '{"vms": {', 'state.bad-file'],
      [
        'an address of two VMs',
        (content) =>
          JSON.stringify({
            ...content,
            vms: { a: foreign('a', '10.20.0.10'), b: { ...foreign('b', '10.20.0.10'), vmid: 132 } },
          }),
        'state.bad-file',
      ],
      [
        'a number of two VMs',
        (content) =>
          JSON.stringify({
            ...content,
            vms: { a: foreign('a', '10.20.0.10'), b: foreign('b', '10.20.0.11') },
          }),
        'state.bad-file',
      ],
      [
        'two reserved credentials of one VM',
        (content) => {
          const token = { vm_name: 'ours', status: 'reserved', reserved_at: '2026-01-01T00:00:00Z' };
          return JSON.stringify({ ...content, reserved_nft_tokens: { '1': token, '2': token } });
        },
        'state.bad-file',
      ],
      [
        'an order of two VMs',
        (content) => {
          const twins = ['a', 'b'].map((name, index) => ({
            ...foreign(name, `10.20.0.${10 + index}`),
            vmid: index,
            operation_id: 'same',
          }));
          return JSON.stringify({ ...content, vms: Object.fromEntries(twins.map((vm) => [vm.vm_name, vm])) });
        },
        'state.bad-file',
      ],
    ];
    for (const [what, text, code] of broken)
      it(`neither reads nor replaces ${what}`, async () => {
        await make('ours');
        const written = text(await read());
        await writeFile(file, written);
        expect(hasCode(await failure(host.vms.list()), code)).to.equal(true);
        expect(hasCode(await failure(host.vms.suspend('ours', 'admin')), code)).to.equal(true);
        expect(await readFile(file, 'utf8')).to.equal(written);
      });

    it('starts no empty file in the place of a lost one', async () => {
      await make('ours');
      await rm(file);
      expect(hasCode(await failure(host.vms.list()), 'state.lost-file')).to.equal(true);
      expect(hasCode(await failure(make('next')), 'state.lost-file')).to.equal(true);
    });

    it('follows the file where a change was cut off before the database had it', async () => {
      await make('ours');
      const rows = await host.database('vms').select();
      const { digest } = await host.database('vms_file').first();
      await host.vms.suspend('ours', 'admin');
      // As the database was before the change, which the file has.
      await host.database('vms').where({ id: rows[0].id }).update(rows[0]);
      await host.database('vms_file').update({ digest });
      const config = createHostConfig({ paths: host.paths });
      const next = new SqlVmStore(host.database, config, host.clock, host.paths, new RecordingLogger());
      expect(await next.get('ours')).to.include({ status: 'suspended', suspendReason: 'admin' });
    });

    it('is taken back into the database with all that it says', async () => {
      await register('theirs', '10.20.0.10');
      const before = await host.vms.list();
      await takeBack(host.database, file);
      expect(hasCode(await failure(make('ours')), 'state.taken-back')).to.equal(true);
      const config = createHostConfig({ paths: host.paths });
      const next = new SqlVmStore(host.database, config, host.clock, host.paths, new RecordingLogger());
      expect(await next.list()).to.deep.equal(before);
      await next.suspend('theirs', 'admin');
      expect((await read()).vms.theirs.status).to.equal('active');
    });

    for (const [name, db] of [
      ['two files and nothing that tells which', {}],
      ['keys that db.yaml gives other names', { fields: { vm_name: 'name' } }],
    ] as const)
      it(`refuses ${name}`, async () => {
        const { vmsFile } = await import('./vms-file.js');
        await writeFile(join(host.paths.state, 'vm-db.json'), '{"vms":{}}');
        const config = createHostConfig({ paths: host.paths });
        const { DB_YAML } = await import('@blockhost/kernel/host-files');
        await config.write(DB_YAML, db);
        const error = await failure(vmsFile(config, host.paths));
        expect(hasCode(error, 'fields' in db ? 'config.invalid' : 'state.two-files')).to.equal(true);
        await config.write(DB_YAML, {
          db_file: '/var/lib/blockhost/vm-db.json',
          fields: { vm_name: 'vm_name' },
        });
        expect(await vmsFile(config, host.paths)).to.equal(join(host.paths.state, 'vm-db.json'));
      });
  });
});
