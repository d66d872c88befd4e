import { createHostConfig, hasCode, type VmOrder } from '@blockhost/kernel';
import { BROKER_ALLOCATION_JSON, DB_YAML, type DbYaml } from '@blockhost/kernel/host-files';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import type { TestHost } from '../test-host.js';

const pool = { network: '10.20.0.0/24', start: 10, end: 14, gateway: '10.20.0.1' };

const anOrder = (name: string, changes: Partial<VmOrder> = {}): VmOrder => ({
  name,
  operationId: `order-${name}`,
  ownerWallet: 'fake1alice',
  planId: '1',
  username: 'admin',
  cpu: 1,
  memoryMb: 512,
  diskGb: 5,
  expiresAt: '2026-02-01T00:00:00Z',
  ...changes,
});

/** What a VM store does, whatever database it is on: `open` makes an empty one with that db.yaml. */
export function vmStoreCases(open: (db: DbYaml) => Promise<TestHost>): void {
  let host: TestHost;

  beforeEach(async () => {
    host = await open({ ip_pool: pool, ipv6_pool: { prefix: '2001:db8::/64', start: 2, end: 9 } });
  });
  afterEach(() => host.dispose());

  const failure = (act: Promise<unknown>) =>
    act.then(
      () => null,
      (error: unknown) => error,
    );
  const make = async (name: string) => {
    const { ipv4, ipv6, operationId } = await host.vms.reserve(anOrder(name));
    const made = { name, backendRef: `ref-${name}`, username: 'admin', ipv4, ipv6 };
    return host.vms.publish(name, operationId, made);
  };

  it('reserves name, an address of each family and a journal entry at once', async () => {
    const vm = await host.vms.reserve(anOrder('a'));
    expect(vm).to.include({ status: 'creating', ipv4: '10.20.0.10', ipv6: '2001:db8::2' });
    expect(await host.database('vm_operations').pluck('operation_id')).to.deep.equal(['order-a']);
  });

  it('answers the same reservation to the same operation, before and after the VM stands', async () => {
    const first = await host.vms.reserve(anOrder('a'));
    expect(await host.vms.reserve(anOrder('a', { cpu: 9 }))).to.deep.equal(first);
    const vm = await make('a');
    expect(await host.vms.reserve(anOrder('a'))).to.deep.equal(vm);
    expect(await host.vms.list()).to.have.lengthOf(1);
  });

  it('refuses a name that another operation has', async () => {
    await host.vms.reserve(anOrder('a'));
    const error = await failure(host.vms.reserve(anOrder('a', { operationId: 'other' })));
    expect(hasCode(error, 'vm-store.name-taken')).to.equal(true);
  });

  it('shows what it would reserve and keeps nothing of it', async () => {
    const vm = await host.vms.reserve(anOrder('a'), { preview: true });
    expect(vm.ipv4).to.equal('10.20.0.10');
    expect(await host.vms.get('a')).to.equal(null);
    expect((await host.vms.reserve(anOrder('b'))).ipv4).to.equal('10.20.0.10');
  });

  it('refuses an order where there are no addresses to give, and serves it once there are', async () => {
    await host.dispose();
    host = await open({});
    const error = await failure(host.vms.reserve(anOrder('a')));
    expect(hasCode(error, 'vm-store.no-pool')).to.equal(true);
    expect(await host.vms.list()).to.deep.equal([]);
    expect(await host.vms.reserve(anOrder('b'), { addresses: false })).to.include({ ipv4: null, ipv6: null });
    await createHostConfig({ paths: host.paths }).write(DB_YAML, { ip_pool: pool });
    expect(await host.vms.reserve(anOrder('a'))).to.include({ ipv4: '10.20.0.10' });
  });

  it('publishes a VM with what its provisioner answered and drops the journal entry', async () => {
    await host.vms.reserve(anOrder('a'));
    const made = { name: 'a', backendRef: 'uuid', username: 'root', ipv4: '10.20.0.99', ipv6: null };
    const vm = await host.vms.publish('a', 'order-a', made);
    expect(vm).to.include({ status: 'active', ipv4: '10.20.0.99', ipv6: null, username: 'root' });
    expect(await host.database('vm_operations').select()).to.deep.equal([]);
    expect((await host.vms.reserve(anOrder('b'))).ipv4).to.equal('10.20.0.11');
  });

  it('refuses to publish an address that another VM holds', async () => {
    await make('a');
    await host.vms.reserve(anOrder('b'));
    const made = { name: 'b', backendRef: 'x', username: 'admin', ipv4: '10.20.0.10', ipv6: null };
    const error = await failure(host.vms.publish('b', 'order-b', made));
    expect(hasCode(error, 'vm-store.address-taken')).to.equal(true);
    expect(await host.vms.get('b')).to.include({ status: 'creating', ipv4: '10.20.0.11' });
  });

  it('records the number that a provisioner answered, and refuses that of another VM', async () => {
    const publish = async (name: string, backendRef: string) => {
      const { operationId } = await host.vms.reserve(anOrder(name));
      const made = { name, backendRef, username: 'admin', ipv4: null, ipv6: null };
      return (await host.vms.publish(name, operationId, made)).vmid;
    };
    expect([await publish('a', 'pve/131'), await publish('b', '132')]).to.deep.equal([131, 132]);
    expect(await publish('c', '0b9cd8e8-7d4f-4a49-a25f-9b9b1bcb0131')).to.equal(0);
    expect(hasCode(await failure(publish('d', 'pve/131')), 'vm-store.vmid-taken')).to.equal(true);
  });

  it('hands out never used addresses first, then the one released longest ago', async () => {
    for (const name of ['a', 'b', 'c', 'd']) await make(name);
    host.clock.advance(1);
    await host.vms.markDestroyed('c');
    host.clock.advance(1);
    await host.vms.markDestroyed('a');
    const next = [];
    for (const name of ['e', 'f', 'g']) next.push((await host.vms.reserve(anOrder(name))).ipv4);
    expect(next).to.deep.equal(['10.20.0.14', '10.20.0.12', '10.20.0.10']);
    const error = await failure(host.vms.reserve(anOrder('h')));
    expect(error).to.include({ code: 'vm-store.pool-exhausted', exitCode: 7 });
    expect(await host.vms.get('h')).to.equal(null);
  });

  it('frees the addresses of an abandoned order, or keeps them in quarantine', async () => {
    await host.vms.reserve(anOrder('a'));
    await host.vms.abandon('a', 'order-a', 'quarantine');
    for (const name of ['b', 'c', 'd', 'e']) await host.vms.reserve(anOrder(name));
    const full = await failure(host.vms.reserve(anOrder('f')));
    expect(hasCode(full, 'vm-store.pool-exhausted')).to.equal(true);
    expect(await host.vms.releaseQuarantine('a')).to.equal(2);
    expect((await host.vms.reserve(anOrder('f'))).ipv4).to.equal('10.20.0.10');
    await host.vms.abandon('f', 'order-f', 'free');
    expect((await host.vms.reserve(anOrder('g'))).ipv4).to.equal('10.20.0.10');
  });

  it('does not abandon what stands or belongs to another operation', async () => {
    await make('a');
    await host.vms.abandon('a', 'order-a', 'free');
    await host.vms.reserve(anOrder('b'));
    await host.vms.abandon('b', 'another', 'free');
    expect((await host.vms.list()).map(({ status }) => status)).to.deep.equal(['active', 'creating']);
  });

  it('gives no address that this host bears, that is excluded, or that another record has', async () => {
    await host.dispose();
    host = await open({
      ip_pool: {
        network: '127.0.0.0/8',
        start: 1,
        end: '127.0.0.5',
        gateway: '127.0.0.5',
        exclude: ['127.0.0.2'],
      },
    });
    expect((await host.vms.reserve(anOrder('a'))).ipv4).to.equal('127.0.0.3');
    await host.vms.reserve(anOrder('b'), { addresses: false });
    const made = { name: 'b', backendRef: 'x', username: 'admin', ipv4: '127.0.0.4', ipv6: null };
    await host.vms.publish('b', 'order-b', made);
    const full = await failure(host.vms.reserve(anOrder('c')));
    expect(hasCode(full, 'vm-store.pool-exhausted')).to.equal(true);
  });

  it('gives addresses of pools of any size', async () => {
    await host.dispose();
    host = await open({
      ip_pool: { network: '10.0.0.0/8', start: '10.0.255.254', end: '10.255.255.255', gateway: '10.0.0.1' },
      ipv6_pool: { prefix: '2001:db8::/32', start: 2 ** 48 - 1, end: Number.MAX_SAFE_INTEGER },
    });
    const given = [];
    for (const name of ['a', 'b', 'c']) given.push(await host.vms.reserve(anOrder(name)));
    expect(given.map(({ ipv4 }) => ipv4)).to.deep.equal(['10.0.255.254', '10.0.255.255', '10.1.0.0']);
    expect(given.map(({ ipv6 }) => ipv6)).to.deep.equal([
      '2001:db8::ffff:ffff:ffff',
      '2001:db8:0:0:1::',
      '2001:db8::1:0:0:1',
    ]);
  });

  it('names VMs in the zone of the broker by the address they get', async () => {
    const allocation = { prefix: '2001:db8::5:0:0:0/80', dns_zone: 'vm.example.org' };
    const config = createHostConfig({ paths: host.paths });
    await config.write(BROKER_ALLOCATION_JSON, allocation);
    const vm = await host.vms.reserve(anOrder('a'));
    expect(vm).to.include({ ipv6: '2001:db8::5:0:0:2', fqdn: '5000000000002.vm.example.org' });
    const made = { name: 'a', backendRef: 'x', username: 'admin', ipv4: null, ipv6: '2001:db8::5:0:0:9' };
    expect(await host.vms.publish('a', 'order-a', made)).to.include({ fqdn: '5000000000009.vm.example.org' });
  });

  it('follows a changed pool without forgetting who holds what', async () => {
    await make('a');
    const { default: SqlVmStore } = await import('./sql-vm-store.js');
    const config = createHostConfig({ paths: host.paths });
    await config.write(DB_YAML, { ip_pool: { ...pool, end: 20 } });
    const reopened = new SqlVmStore(host.database, config, host.clock, host.paths, new RecordingLogger());
    expect((await reopened.reserve(anOrder('b'))).ipv4).to.equal('10.20.0.11');
  });

  it('lets fifty writers reserve at once without giving an address twice', async () => {
    await host.dispose();
    host = await open({ ip_pool: { ...pool, end: 200 } });
    const orders = Array.from({ length: 50 }, (_, index) => anOrder(`vm-${index}`));
    const vms = await Promise.all(orders.map((order) => host.vms.reserve(order)));
    expect(new Set(vms.map(({ ipv4 }) => ipv4)).size).to.equal(50);
  });

  it('numbers VMs where the hypervisor wants it: upwards, then the lowest that nobody has', async () => {
    await host.dispose();
    host = await open({ vmid_range: { start: 100, end: 103 } });
    const numbered = async (name: string, vmidsInUse: number[] = []) =>
      (await host.vms.reserve(anOrder(name), { addresses: false, vmidsInUse })).vmid;
    expect([await numbered('a'), await numbered('b', [101])]).to.deep.equal([100, 102]);
    await host.vms.abandon('a', 'order-a', 'free');
    expect([await numbered('c'), await numbered('d', [100]), await numbered('e')]).to.deep.equal([
      103, 101, 100,
    ]);
    const error = await failure(numbered('f'));
    expect(error).to.include({ code: 'vm-store.pool-exhausted', exitCode: 7 });
    expect((await host.vms.reserve(anOrder('g'), { addresses: false })).vmid).to.equal(0);
  });

  for (const [range, code] of [
    [undefined, 'vm-store.no-vmid-range'],
    [{ start: 9, end: 3 }, 'config.invalid'],
    ['100-999', 'config.invalid'],
  ] as const)
    it(`gives no number from the range ${JSON.stringify(range)}`, async () => {
      await host.dispose();
      host = await open(range === undefined ? {} : { vmid_pool: range });
      const error = await failure(host.vms.reserve(anOrder('a'), { addresses: false, vmidsInUse: [] }));
      expect(hasCode(error, code)).to.equal(true);
      expect(await host.vms.list()).to.deep.equal([]);
    });

  describe('state machine', () => {
    it('suspends, activates and destroys, and a destroyed name can be used again', async () => {
      await make('a');
      expect(await host.vms.suspend('a', 'expiry')).to.include({
        status: 'suspended',
        suspendReason: 'expiry',
      });
      expect(await host.vms.activate('a')).to.include({ status: 'active', suspendedAt: null });
      await host.vms.markDestroyed('a');
      await host.vms.markDestroyed('a');
      await host.vms.reserve(anOrder('a', { operationId: 'second' }));
      expect(await host.vms.list({ destroyed: true })).to.have.lengthOf(2);
    });

    it('forbids every other transition', async () => {
      await make('a');
      await host.vms.reserve(anOrder('b'));
      const forbidden = [
        () => host.vms.activate('a'),
        () => host.vms.suspend('b', 'admin'),
        () => host.vms.markDestroyed('b'),
      ];
      for (const act of forbidden)
        expect(hasCode(await failure(act()), 'vm-store.forbidden-transition')).to.equal(true);
      await host.vms.markDestroyed('a');
      expect(hasCode(await failure(host.vms.activate('a')), 'vm-store.forbidden-transition')).to.equal(true);
    });

    it('extends absolutely and never shortens', async () => {
      await make('a');
      await host.vms.extendTo('a', '2026-03-01T00:00:00+00:00');
      const vm = await host.vms.extendTo('a', '2026-02-15T00:00:00Z');
      expect(vm.expiresAt).to.equal('2026-03-01T00:00:00.000Z');
    });
  });

  describe('credentials', () => {
    const wallet = 'fake1alice';

    it('reserves the hint, skips live reservations, and answers the same VM the same id', async () => {
      expect(await host.vms.reserveToken('a', wallet, 7n)).to.equal('7');
      expect(await host.vms.reserveToken('b', wallet, 7n)).to.equal('8');
      expect(await host.vms.reserveToken('a', wallet, 20n)).to.equal('7');
      expect(await host.vms.reserveToken('c', wallet, null)).to.equal('9');
    });

    it('binds a failed id again unless its mint was ever signed', async () => {
      await host.vms.reserveToken('a', wallet, 3n);
      await host.vms.markTokenFailed('a');
      expect(await host.vms.reserveToken('b', wallet, 3n)).to.equal('3');
      await host.vms.markTokenBroadcast('3');
      await host.vms.markTokenFailed('b');
      expect(await host.vms.reserveToken('c', wallet, 3n)).to.equal('4');
    });

    it('records the minted id, fails the reserved one and marks the login comment as outdated', async () => {
      await make('a');
      await host.vms.reserveToken('a', wallet, 5n);
      const vm = await host.vms.markMinted('a', '6', wallet);
      expect(vm).to.include({
        nftTokenId: '6',
        nftMinted: true,
        nftMintedAt: '2026-01-01T00:00:00.000Z',
        gecosSynced: false,
      });
      expect(await host.vms.markMinted('a', '6', wallet)).to.deep.equal(vm);
      expect((await host.vms.tokens('a')).map(({ tokenId, status }) => [tokenId, status])).to.deep.equal([
        ['5', 'failed'],
        ['6', 'minted'],
      ]);
      expect(await host.vms.reserveToken('b', wallet, null)).to.equal('7');
    });

    it('leaves the login comment alone when the reserved id was minted', async () => {
      await make('a');
      await host.vms.reserveToken('a', wallet, 5n);
      expect(await host.vms.markMinted('a', '5', wallet)).to.include({ gecosSynced: true });
    });

    describe('of a VM', () => {
      const minted = async (name: string, tokenId: string) => {
        await make(name);
        await host.vms.reserveToken(name, wallet, BigInt(tokenId));
        return host.vms.markMinted(name, tokenId, wallet);
      };

      it('takes a new owner and an outdated login comment in one write, and the same owner for none', async () => {
        const vm = await minted('a', '5');
        expect(await host.vms.setOwner('a', '5', wallet)).to.deep.equal(vm);
        expect(await host.vms.setOwner('a', '5', 'fake1bob')).to.deep.equal({
          ...vm,
          ownerWallet: 'fake1bob',
          gecosSynced: false,
        });
      });

      it('is changed only while the record still names it', async () => {
        const vm = await minted('a', '5');
        expect(await host.vms.setOwner('a', '6', 'fake1bob')).to.deep.equal(vm);
        expect(await host.vms.setBurned('a', '6', true)).to.deep.equal(vm);
        expect(await host.vms.forgetMint('a', '6')).to.deep.equal(vm);
        await host.vms.markDestroyed('a');
        const gone = await host.vms.get('a');
        expect(await host.vms.setOwner('a', '5', 'fake1bob')).to.deep.equal(gone);
      });

      it('counts as told to the guest only when the guest was told what is recorded', async () => {
        await minted('a', '5');
        await host.vms.setOwner('a', '5', 'fake1bob');
        await host.vms.setOwner('a', '5', 'fake1carol');
        await host.vms.setGecosSynced('a', true, { ownerWallet: 'fake1bob', tokenId: '5' });
        expect(await host.vms.get('a')).to.include({ gecosSynced: false });
        await host.vms.setGecosSynced('a', true, { ownerWallet: 'fake1carol', tokenId: '5' });
        expect(await host.vms.get('a')).to.include({ gecosSynced: true });
      });

      it('may be burnt and come back', async () => {
        await minted('a', '5');
        expect(await host.vms.setBurned('a', '5', true)).to.include({ nftBurned: true, nftMinted: true });
        expect(await host.vms.setBurned('a', '5', false)).to.include({ nftBurned: false });
      });

      it('is forgotten when the chain took its mint back: the id is promised to nobody, but may be minted again', async () => {
        await minted('a', '5');
        expect(await host.vms.forgetMint('a', '5')).to.include({
          nftMinted: false,
          nftMintedAt: null,
          nftTokenId: null,
        });
        expect(await host.vms.reserveToken('b', wallet, 5n)).to.equal('6');
        await make('b');
        expect(await host.vms.markMinted('b', '5', 'fake1bob')).to.include({
          nftTokenId: '5',
          gecosSynced: false,
        });
        expect(await host.vms.markMinted('a', '7', wallet)).to.include({
          nftTokenId: '7',
          gecosSynced: false,
        });
      });
    });
  });
}
