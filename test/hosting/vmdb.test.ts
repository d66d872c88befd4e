import { join } from 'node:path';
import { createExec } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { MemoryHost } from './memory-host.js';
import { MemoryMachines } from './memory-machines.js';

describe('blockhost-vmdb', function () {
  this.timeout(60_000);
  let host: MemoryHost;
  beforeEach(async () => {
    host = await MemoryHost.create({ machines: new MemoryMachines() });
  });
  afterEach(async () => {
    // None of its VMs stands anywhere.
    for (const { name, status, operationId } of await host.vms.list())
      if (status === 'creating') await host.vms.abandon(name, operationId, 'free');
      else await host.vms.markDestroyed(name);
    await host.dispose();
  });

  const vmdb = (words: readonly string[], input = '') =>
    createExec({ paths: host.root.paths }).run([join(checkout, 'bin/blockhost-vmdb'), ...words], {
      cwd: host.root.root,
      input,
      timeoutMs: 20_000,
      env: { BLOCKHOST_ROOT: host.root.root },
    });
  const done = async (words: readonly string[], input?: object) => {
    const { code, stdout, stderr } = await vmdb(words, input === undefined ? '' : JSON.stringify(input));
    expect(code, stderr).to.equal(0);
    return stdout;
  };
  const told = async (words: readonly string[], input?: object) => JSON.parse(await done(words, input));
  const order = { owner_wallet: 'fake1alice', operation_id: 'op-1', expires_at: '2027-01-01T00:00:00Z' };
  const stands = async () => {
    await told(['allocate', 'shop-1'], order);
    return told(['register', 'shop-1'], { backend_ref: 'node/131', mac: '52:54:00:00:00:01' });
  };

  it('takes a VM through its whole life for a program in any language', async () => {
    const allocated = await told(['allocate', 'shop-1'], order);
    expect(allocated).to.include({ status: 'creating', owner_wallet: 'fake1alice', username: 'admin' });
    expect(await told(['allocate', 'shop-1'], order)).to.deep.equal(allocated);
    const registered = await told(['register', 'shop-1'], { backend_ref: 'node/131' });
    expect(registered).to.include({ status: 'active', vmid: 131, ip_address: allocated.ip_address });
    expect(await told(['get-vm', 'shop-1'])).to.deep.equal(registered);
    expect(await told(['list'])).to.deep.equal([registered]);
    expect(await told(['mark-suspended', 'shop-1', '--reason', 'abuse'])).to.include({
      status: 'suspended',
      suspend_reason: 'abuse',
    });
    expect(await told(['mark-active', 'shop-1'])).to.include({ status: 'active', suspended_at: null });
    expect(await told(['extend', 'shop-1'], { expires_at: '2027-02-01T00:00:00+00:00' })).to.include({
      expires_at: '2027-02-01T00:00:00.000+00:00',
    });
    expect(await told(['mark-destroyed', 'shop-1'])).to.include({ status: 'destroyed', ip_address: null });
    expect(await told(['list'])).to.deep.equal([]);
    expect(await told(['list', '--all'])).to.have.lengthOf(1);
    expect(await told(['allocate', 'shop-2'], { ...order, operation_id: 'op-2' })).to.not.include({
      ip_address: allocated.ip_address,
    });
  });

  it('has the argument forms of the reference', async () => {
    await stands();
    expect(await done(['mark-nft-minted', 'shop-1', '17'])).to.equal('');
    expect(await told(['get-vm', 'shop-1'])).to.include({ nft_token_id: 17, nft_minted: true });
    expect(await done(['extend-expiry', 'shop-1', '30'])).to.equal(
      'Extended shop-1 by 30 days, to 2027-01-31T00:00:00.000Z\n',
    );
    await told(['mark-suspended', 'shop-1']);
    expect((await done(['extend-expiry', 'shop-1', '1'])).split('\n')[1]).to.equal('NEEDS_RESUME');
    for (const words of [['get-vm'], ['mark-nft-minted', '17'], ['extend-expiry', '30']]) {
      const [verb = '', ...more] = words;
      const { code, stdout } = await vmdb([verb, 'nobody', ...more]);
      expect({ code, stdout }).to.deep.equal({ code: 1, stdout: '' });
    }
  });

  it('records a VM that was never allocated, with the addresses it has', async () => {
    const made = { backend_ref: 'x', ip_address: '10.9.9.9', ipv6_address: '2001:db8::9', owner_wallet: 'w' };
    expect(await told(['register', 'theirs'], made)).to.include({ status: 'active', ip_address: '10.9.9.9' });
    const { code, stderr } = await vmdb(['register', 'other'], '{"backend_ref": "y"}');
    expect(code).to.equal(2);
    expect(stderr).to.include('owner_wallet');
    const taken = await vmdb(['register', 'other'], JSON.stringify({ ...made, backend_ref: 'y' }));
    expect(taken.code).to.equal(1);
    expect(taken.stderr).to.include('10.9.9.9 belongs to another VM');
  });

  it('gives back what was allocated in vain, twice without harm, and nothing that is in use', async () => {
    const { ip_address } = await told(['allocate', 'shop-1'], order);
    expect(await told(['release', 'shop-1'])).to.deep.equal({ vm_name: 'shop-1', released: true });
    expect(await told(['release', 'shop-1'])).to.deep.equal({ vm_name: 'shop-1', released: false });
    const [address] = await host.database('vm_addresses').where({ address: ip_address });
    expect(address).to.include({ vm_id: null });
    await stands();
    expect(await vmdb(['release', 'shop-1'])).to.include({ code: 5 });
  });

  it('changes what may be changed, keeps what only other programs know, and refuses the rest', async () => {
    await stands();
    const fields = {
      desired_power: 'off',
      throttle: { cpu_quota: 50 },
      network_mode: 'broker',
      colour: 'green',
    };
    expect(await told(['update', 'shop-1', '--fields', JSON.stringify(fields)])).to.deep.include(fields);
    expect(await host.vms.get('shop-1')).to.deep.include({
      desiredPower: 'off',
      limits: { cpuQuotaPercent: 50 },
    });
    expect(await told(['update', 'shop-1'], { owner_wallet: 'fake1bob' })).to.include({
      wallet_address: 'fake1bob',
      gecos_synced: false,
      colour: 'green',
    });
    expect(await vmdb(['update', 'shop-1'], '{"network_mode": "none"}')).to.include({ code: 5 });
    for (const wrong of ['{"status": "destroyed"}', '{"desired_power": "maybe"}', '{', '[]', '{}'])
      expect(await vmdb(['update', 'shop-1'], wrong), wrong).to.include({ code: 2, stdout: '' });
  });
});
