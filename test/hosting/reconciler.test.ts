import { expect } from 'chai';
import type { MemoryHostOptions } from './memory-host.js';
import { ReconcilingHost } from './reconciling.js';

describe('the reconciler', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;

  const start = async (count = 1, options?: MemoryHostOptions) => {
    the = await ReconcilingHost.create(options);
    return the.sell(count);
  };
  afterEach(() => the.dispose());

  const stranger = () => the.host.chain.customer(99);
  const kinds = async () => (await the.findings()).map(({ kind, subject }) => `${kind} ${subject}`);
  /** Everything a run may change, except its own record. */
  const state = async () => [
    await the.host.vms.list({ destroyed: true }),
    await the.host.entries(),
    await the.host.vms.tokens(),
    [...the.machines.standing].map(([name, { login, power }]) => [name, login, power]),
  ];

  it('changes nothing on a host where everything agrees', async () => {
    await start(2);
    const before = await state();
    const { plan, failed } = await the.run();
    expect([plan.actions, plan.findings, failed]).to.deep.equal([[], [], []]);
    expect(await state()).to.deep.equal(before);
  });

  describe('and the owner of a credential', () => {
    it('records a transfer and tells the guest, once', async () => {
      const [alice] = await start();
      if (!alice) return;
      the.transfer(alice, 0n, stranger());
      const { plan } = await the.run();
      expect(plan.actions.map((action) => action.do)).to.deep.equal(['set-owner', 'update-gecos']);
      expect(await the.vm()).to.include({ ownerWallet: stranger().key.address, gecosSynced: true });
      expect(the.login()).to.equal(`wallet=${stranger().key.address},nft=0`);
      expect((await the.run()).plan.actions).to.deep.equal([]);
      expect(the.machines.acts).to.deep.equal(['login blockhost-001']);
    });

    it('tells the guest until it has heard, also after a restart', async () => {
      const [alice] = await start();
      if (!alice) return;
      the.transfer(alice, 0n, stranger());
      the.machines.faults.login = () => {
        throw new Error('the guest is busy');
      };
      await the.run();
      await the.run();
      expect(await the.vm()).to.include({ ownerWallet: stranger().key.address, gecosSynced: false });
      expect(await kinds()).to.deep.equal(['login-outdated blockhost-001']);
      the.host = await the.host.restarted();
      the.machines.faults.login = null;
      await the.run();
      expect(await the.vm()).to.include({ gecosSynced: true });
      expect(the.login()).to.include(stranger().key.address);
      expect(await kinds()).to.deep.equal([]);
    });

    it('ends at the last of two between runs', async () => {
      const [alice, bob] = await start(2);
      if (!alice || !bob) return;
      the.transfer(alice, 0n, bob);
      the.transfer(bob, 0n, stranger());
      await the.run();
      expect(await the.vm()).to.include({ ownerWallet: stranger().key.address });
      expect(the.login()).to.equal(`wallet=${stranger().key.address},nft=0`);
    });

    it('is told to a suspended VM right after it was resumed', async () => {
      const [alice] = await start();
      if (!alice) return;
      await the.suspend();
      the.transfer(alice, 0n, stranger());
      await the.host.database('vms').update({ expires_at: '2001-01-01T00:00:00.000Z' });
      const first = await the.plan();
      expect(first.actions.map((action) => action.do)).to.deep.equal(['set-owner', 'extend']);
      await the.run();
      expect(await the.vm()).to.include({ status: 'suspended', gecosSynced: false });
      const { plan } = await the.run();
      expect(plan.actions.map((action) => action.do)).to.deep.equal(['resume', 'update-gecos']);
      expect(await the.vm()).to.include({ status: 'active', gecosSynced: true });
      expect(the.login()).to.include(stranger().key.address);
    });

    it('counts as recorded only if nobody recorded another one while the guest was told', async () => {
      const [alice] = await start();
      if (!alice) return;
      the.transfer(alice, 0n, stranger());
      const bob = the.host.chain.customer(50).key.address;
      const told = new Promise<void>((resolve) => {
        the.machines.faults.login = () => {
          the.machines.faults.login = null;
          void the.host.vms.setOwner('blockhost-001', '0', bob).then(() => resolve());
        };
      });
      const updateGecos = the.machines.updateGecos.bind(the.machines);
      the.machines.updateGecos = async (vm, login) => {
        await updateGecos(vm, login);
        await told;
      };
      await the.run();
      expect(await the.vm()).to.include({ ownerWallet: bob, gecosSynced: false });
    });
  });

  it('overwrites nothing that another process changed after it had looked', async () => {
    const [alice] = await start(2);
    if (!alice) return;
    the.transfer(alice, 0n, stranger());
    const { owners } = the.host.chain.credentials;
    Object.assign(the.host.chain.credentials, {
      owners: async (ids: readonly bigint[]) => {
        const answer = await owners(ids);
        await the.host.vms.suspend('blockhost-001', 'abuse');
        await the.host.vms.extendTo('blockhost-001', '2199-01-01T00:00:00.000Z');
        await the.host.vms.suspend('blockhost-002', 'admin');
        return answer;
      },
    });
    await the.run();
    expect(await the.vm()).to.include({
      status: 'suspended',
      suspendReason: 'abuse',
      expiresAt: '2199-01-01T00:00:00.000Z',
      ownerWallet: stranger().key.address,
    });
    expect(await the.vm('blockhost-002')).to.include({ status: 'suspended', suspendReason: 'admin' });
  });

  describe('and a credential that is gone', () => {
    const burn = async () => {
      const [alice] = await start();
      if (!alice) throw new Error('nobody bought');
      the.host.chain.send(alice.key, { do: 'burn-credential', tokenId: 0n });
    };

    it('calls it burnt at the third run, and the guest keeps its login', async () => {
      await burn();
      const login = the.login();
      await the.run();
      await the.run();
      expect(await the.vm()).to.include({ nftBurned: false });
      await the.run();
      expect(await the.vm()).to.include({ nftBurned: true, nftMinted: true });
      expect(await kinds()).to.deep.equal(['credential-burned blockhost-001']);
      expect(the.login()).to.equal(login);
      expect((await the.run()).plan.actions).to.deep.equal([]);
    });

    it('does not count runs that could not ask', async () => {
      await burn();
      await the.run();
      await the.run();
      the.host.chain.faults.unreachable = true;
      await the.run();
      await the.run();
      expect(await the.vm()).to.include({ nftBurned: false });
      the.host.chain.faults.unreachable = false;
      await the.run();
      expect(await the.vm()).to.include({ nftBurned: true });
    });

    it('takes it all back when the burning itself vanishes', async () => {
      await burn();
      for (let run = 0; run < 3; run += 1) await the.run();
      expect(await the.vm()).to.include({ nftBurned: true });
      the.host.chain.ledger.reorganise(1, 'lost');
      await the.run();
      expect(await the.vm()).to.include({ nftBurned: false });
      expect(await kinds()).to.deep.equal([]);
    });
  });

  it('changes nothing while chain and provisioner are away, and forgets nothing it had found', async () => {
    await start(2);
    the.machines.standing.delete('blockhost-002');
    await the.run();
    expect(await kinds()).to.deep.equal(['machine-missing blockhost-002']);
    const before = await state();
    Object.assign(the.host.chain.faults, { unreachable: true });
    the.machines.faults.away = true;
    const { plan } = await the.run();
    expect(plan.actions).to.deep.equal([]);
    expect(await state()).to.deep.equal(before);
    expect(await kinds()).to.deep.equal(['machine-missing blockhost-002']);
  });

  it('destroys nothing when the provisioner answers an empty list', async () => {
    await start(2);
    const names = [...the.machines.standing.keys()];
    Object.assign(the.machines, { list: async () => ({ kind: 'present', value: [] }) });
    await the.run();
    expect([...the.machines.standing.keys()]).to.deep.equal(names);
    expect(await kinds()).to.deep.equal([]);
    the.machines.standing.clear();
    await the.run();
    expect(await kinds()).to.deep.equal(['machine-missing blockhost-001', 'machine-missing blockhost-002']);
    expect((await the.host.vms.list()).map(({ status }) => status)).to.deep.equal(['active', 'active']);
  });

  it('reports machines and credentials that nobody recorded, and leaves them alone', async () => {
    await start();
    await the.machines.create(
      {
        name: 'left-over',
        operationId: 'unknown',
        ownerWallet: 'w',
        tokenId: null,
        username: 'admin',
        cpu: 1,
        memoryMb: 256,
        diskGb: 1,
        addresses: null,
        expiresAt: '2030-01-01T00:00:00Z',
      },
      { signal: new AbortController().signal } as never,
    );
    const { ownerKey } = the.host.chain;
    the.host.chain.send(ownerKey.key, { do: 'mint', to: ownerKey.key.address, userData: '0x' });
    await the.run();
    expect(await kinds()).to.deep.equal(['credential-unbound 1', 'machine-unknown left-over']);
    expect(the.machines.standing.has('left-over')).to.equal(true);
    const told = () => the.host.log.records.filter(({ fields }) => 'needs_operator' in fields);
    expect(told()).to.have.lengthOf(1);
    await the.run();
    expect(told()).to.have.lengthOf(1);
  });
});
