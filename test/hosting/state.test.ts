import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExec, type ExecResult, VM_STORE, type VmStore } from '@blockhost/kernel';
import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

/** As the Python programs of the second generation write it (provisioners.md 4.2). */
const foreign = {
  vms: {
    'blockhost-042': {
      vm_name: 'blockhost-042',
      vmid: 131,
      ip_address: '10.20.0.14',
      ipv6_address: null,
      status: 'active',
      owner: '',
      purpose: '',
      wallet_address: 'fake1alice',
      owner_wallet: 'fake1bob',
      username: 'admin',
      network_mode: 'broker',
      created_at: '2026-03-01T10:00:00+00:00',
      expires_at: '2026-03-31T10:00:00Z',
    },
    old: {
      vm_name: 'old',
      vmid: 130,
      ip_address: '10.20.0.13',
      ipv6_address: null,
      status: 'destroyed',
      owner: '',
      purpose: '',
      wallet_address: 'fake1carol',
      created_at: '2026-01-01T10:00:00+00:00',
      expires_at: '2026-02-01T10:00:00+00:00',
      destroyed_at: '2026-02-09T10:00:00+00:00',
    },
  },
  next_vmid: 132,
  allocated_ips: ['10.20.0.14', '10.20.0.2'],
  allocated_ipv6: [],
  reserved_nft_tokens: {
    '7': { vm_name: 'blockhost-042', status: 'minted', reserved_at: '2026-03-01T10:00:00+00:00' },
  },
  painted: 'green',
};

describe('vms.json', function () {
  this.timeout(30_000);
  let host: MemoryHost;
  let file: string;
  beforeEach(async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines() });
    file = join(host.root.paths.state, 'vms.json');
  });
  afterEach(() => host.dispose());

  const blockhost = (...words: string[]): Promise<ExecResult> =>
    createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost'), ...words], {
      cwd: host.root.root,
      timeoutMs: 20_000,
      env: { BLOCKHOST_ROOT: host.root.root },
    });
  const order = (name: string) => ({
    name,
    operationId: `order-${name}`,
    ownerWallet: 'fake1alice',
    planId: '1',
    username: 'admin',
    cpu: 2,
    memoryMb: 512,
    diskGb: 5,
    expiresAt: '2026-02-01T00:00:00Z',
  });
  let made = 0;
  const make = async (vms: VmStore, name: string) => {
    made += 1;
    const number = made;
    const { ipv4, ipv6, operationId } = await vms.reserve(order(name));
    const answer = {
      name,
      backendRef: `node/${number}`,
      username: 'admin',
      ipv4,
      ipv6,
      mac: '52:54:00:00:00:01',
    };
    return vms.publish(name, operationId, answer);
  };
  const read = async () => JSON.parse(await readFile(file, 'utf8'));
  /** The same host whose next process mirrors its store. */
  async function mirrored(): Promise<VmStore> {
    await host.config.update(BLOCKHOST_YAML, (present) => ({ ...present, state: { mirror_vms_json: true } }));
    host = await host.restarted();
    return host.kernel.get(VM_STORE);
  }
  const forget = async () => {
    for (const table of ['vm_operations', 'vm_addresses', 'token_reservations', 'token_counter', 'vms'])
      await host.database(table).delete();
  };

  it('tells all that the store holds: exported and imported again it is the same', async () => {
    const { vms } = host;
    await make(vms, 'a');
    await vms.markDestroyed('a');
    await vms.reserve({ ...order('a'), operationId: 'again' });
    await make(vms, 'b');
    await vms.setLimits('b', { cpuQuotaPercent: 50 });
    await vms.setPower('b', 'off');
    await vms.suspend('b', 'abuse');
    await vms.reserveToken('b', 'fake1alice', 7n);
    await vms.markMinted('b', '7', 'fake1alice');
    await vms.reserve(order('c'));
    await vms.abandon('c', 'order-c', 'quarantine');
    const tables = ['vms', 'vm_addresses', 'vm_operations', 'token_reservations', 'token_counter'];
    const content = async () => {
      const rows = [];
      for (const table of tables) rows.push(await host.database(table).select());
      // Numbers of rows, and the pool that an address was given from, are made anew.
      return rows.flat().map(({ id: _, vm_id, pool: __, ...row }) => ({ ...row, held: vm_id !== null }));
    };
    const before = await content();
    const exported = await blockhost('state', 'export', '--output', file);
    expect(exported.code, exported.stderr).to.equal(0);
    expect((await stat(file)).mode & 0o777).to.equal(0o640);
    await forget();
    const imported = await blockhost('state', 'import', file);
    expect(imported.code, imported.stderr).to.equal(0);
    expect(imported.stdout).to.equal('imported: 1 VMs, 1 destroyed, 1 orders, 1 credentials\n');
    expect(await content()).to.have.deep.members(before);
    expect((await vms.reserve(order('d'))).ipv4).to.not.be.oneOf(
      (await vms.list()).filter(({ name }) => name !== 'd').map(({ ipv4 }) => ipv4),
    );
    await forget();
  });

  it('is taken over from programs of an earlier generation, once', async () => {
    await writeFile(file, JSON.stringify(foreign));
    const dry = await blockhost('state', 'import', file, '--dry-run', '--json');
    expect(JSON.parse(dry.stdout)).to.deep.equal({
      dryRun: true,
      vms: 1,
      destroyed: 1,
      orders: 0,
      tokens: 1,
    });
    expect(await host.vms.list()).to.deep.equal([]);
    expect(await blockhost('state', 'import', file)).to.include({ code: 0 });
    expect(await host.vms.get('blockhost-042')).to.include({
      status: 'active',
      ownerWallet: 'fake1bob',
      ipv4: '10.20.0.14',
      expiresAt: '2026-03-31T10:00:00.000Z',
    });
    expect(
      await host.database('vm_addresses').whereNotNull('quarantined_for').pluck('address'),
    ).to.deep.equal(['10.20.0.2']);
    const again = await blockhost('state', 'import', file);
    expect(again.code).to.equal(1);
    expect(again.stderr).to.include('has records of VMs already');
    await forget();
  });

  const bad: readonly [string, string, string][] = [
    ['half of it', '{"vms": {', 'is not JSON'],
    [
      'times that are none',
      JSON.stringify({ vms: { a: { ...foreign.vms.old, vm_name: 'a', expires_at: 'soon' } } }),
      '/vms/a/expires_at',
    ],
    ['another name than its key', JSON.stringify({ vms: { a: foreign.vms.old } }), '/vms/a/vm_name'],
    [
      'an address of two VMs',
      JSON.stringify({
        vms: {
          ...foreign.vms,
          twin: { ...foreign.vms['blockhost-042'], vm_name: 'twin' },
        },
      }),
      '10.20.0.14',
    ],
  ];
  for (const [what, text, place] of bad)
    it(`is refused with ${what}, and nothing of it is kept`, async () => {
      await writeFile(file, text);
      const { code, stderr } = await blockhost('state', 'import', file);
      expect(code).to.equal(1);
      expect(stderr).to.include(place);
      expect(await host.database('vms').select()).to.deep.equal([]);
    });

  describe('beside the database', () => {
    it('follows each change, readable to the service only, with the one before it kept', async () => {
      const vms = await mirrored();
      await make(vms, 'a');
      const active = await read();
      expect(active.vms.a).to.include({
        status: 'active',
        mac: '52:54:00:00:00:01',
        vmid: made,
        desired_power: 'on',
      });
      expect(active.allocated_ips).to.deep.equal([active.vms.a.ip_address]);
      expect((await stat(file)).mode & 0o777).to.equal(0o640);
      await vms.suspend('a', 'admin');
      expect((await read()).vms.a).to.include({ status: 'suspended', suspend_reason: 'admin' });
      expect(JSON.parse(await readFile(`${file}.bak`, 'utf8')).vms.a.status).to.equal('active');
    });

    it('tells of every one of sixty changes at once', async () => {
      const vms = await mirrored();
      await Promise.all(Array.from({ length: 30 }, (_, index) => make(vms, `vm-${index}`)));
      const { vms: told, allocated_ips } = await read();
      expect(Object.keys(told)).to.have.lengthOf(30);
      expect(new Set(allocated_ips).size).to.equal(30);
    });

    it('keeps what other programs have put beside it', async () => {
      const vms = await mirrored();
      await make(vms, 'a');
      const present = await read();
      present.painted = 'green';
      present.vms.a.network_mode = 'broker';
      await writeFile(file, JSON.stringify(present));
      await vms.extendTo('a', '2027-01-01T00:00:00Z');
      expect(await read()).to.include({ painted: 'green' });
      expect((await read()).vms.a).to.include({
        network_mode: 'broker',
        expires_at: '2027-01-01T00:00:00.000+00:00',
      });
    });

    for (const [what, text] of [
      ['that cannot be read', '{"vms": {'],
      ['whose VMs this host has never heard of', JSON.stringify(foreign)],
    ] as const)
      it(`never replaces a file ${what}; the change stands and an operator is told`, async () => {
        await writeFile(file, text);
        const vms = await mirrored();
        await make(vms, 'a');
        expect(await readFile(file, 'utf8')).to.equal(text);
        expect(await vms.get('a')).to.include({ status: 'active' });
        expect(host.log.records.some(({ message }) => message.includes('vms.json could not'))).to.equal(true);
      });

    it('waits for the flock of another program', async () => {
      const vms = await mirrored();
      await make(vms, 'a');
      const holder = spawn('flock', ['-x', `${file}.lock`, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
      holder.stdin.write('\n');
      await once(holder.stdout, 'data');
      const suspended = vms.suspend('a', 'admin');
      // The record is there at once; the file once the other has let go.
      const database = await host.kernel.get(DATABASE);
      while ((await database('vms').where({ name: 'a' }).first('status')).status !== 'suspended');
      expect((await read()).vms.a.status).to.equal('active');
      holder.stdin.end();
      await suspended;
      expect((await read()).vms.a.status).to.equal('suspended');
    });
  });
});
