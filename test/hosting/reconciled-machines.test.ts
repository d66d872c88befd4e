import { BLOCKHOST_YAML } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import type { MemoryHostOptions } from './memory-host.js';
import { MovableClock } from './movable-clock.js';
import { ReconcilingHost } from './reconciling.js';

const HOUR = 3_600_000;

describe('what the reconciler does about machines and paid time', function () {
  this.timeout(30_000);
  let the: ReconcilingHost;
  let time: MovableClock;
  afterEach(() => the.dispose());

  const start = async (count = 1, options: MemoryHostOptions = {}) => {
    time = new MovableClock();
    the = await ReconcilingHost.create({ clock: time, ...options });
    return the.sell(count);
  };
  const entry = async (id: string) =>
    (await the.host.entries()).find((each) => String(each.id).startsWith(id));
  const acts = async () => (await the.run()).plan.actions.map((action) => action.do);
  const kinds = async () => (await the.findings()).map(({ kind, subject }) => `${kind} ${subject}`);
  const dueNow = () => the.host.database('pipeline_entries').update({ next_attempt_at: 0 });
  const settings = (changes: object) =>
    the.host.config.update(BLOCKHOST_YAML, (present) => ({ ...present, ...changes }));

  it('starts a VM that was paid for while it could not be started, and closes the extension', async () => {
    const [alice] = await start();
    await the.suspend();
    the.machines.faults.power = () => {
      throw new Error('no memory');
    };
    alice?.extend(1n, 30);
    await the.serve();
    expect(await entry('extend:1')).to.include({
      state: 'failed',
      failed_stage: 'resumed',
      needs_operator: 1,
    });
    expect(await acts()).to.deep.equal(['resume']);
    expect(await kinds()).to.deep.equal(['resume-failed blockhost-001']);
    the.machines.faults.power = null;
    await the.run();
    expect(await the.vm()).to.include({ status: 'active', suspendReason: null });
    expect(await kinds()).to.deep.equal([]);
    expect(await acts()).to.deep.equal(['requeue']);
    await the.serve();
    expect(await entry('extend:1')).to.include({ state: 'done', needs_operator: 0 });
  });

  it('starts no VM that is suspended for abuse, or whose time is over', async () => {
    await start(2);
    for (const name of ['blockhost-001', 'blockhost-002']) await the.suspend(name);
    await the.host.database('vms').where({ name: 'blockhost-001' }).update({ suspend_reason: 'abuse' });
    await the.host.vms.extendTo('blockhost-002', '2199-01-01T00:00:00.000Z');
    const { get } = the.host.chain.subscriptions;
    Object.assign(the.host.chain.subscriptions, { get: async () => ({ kind: 'unknown', reason: 'away' }) });
    time.advance(30_000 * 24 * HOUR);
    expect(await acts()).to.deep.equal(['resume']);
    expect(await the.vm()).to.include({ status: 'suspended' });
    expect(await the.vm('blockhost-002')).to.include({ status: 'active' });
    Object.assign(the.host.chain.subscriptions, { get });
  });

  it('tries a cancellation that failed in every run, a few VMs at a time, until they are gone', async () => {
    const customers = await start(3);
    the.machines.faults.destroy = async () => {
      throw new Error('the disk is busy');
    };
    for (const [index, customer] of customers.entries()) customer.cancel(BigInt(index + 1));
    await the.serve();
    expect(await entry('cancel:1')).to.include({ state: 'failed', needs_operator: 1 });
    await settings({ reconcile: { most_destroys: 2 } });
    const { plan } = await the.run();
    expect(plan.actions.map(({ entry: id }) => id)).to.deep.equal(['cancel:1', 'cancel:2']);
    expect(plan.deferred).to.equal(1);
    expect(await entry('cancel:1')).to.include({ state: 'queued', needs_operator: 1 });
    expect(await entry('cancel:3')).to.include({ state: 'failed' });
    the.machines.faults.destroy = null;
    await dueNow();
    await the.serve();
    await the.run();
    await the.serve();
    expect(the.machines.standing.size).to.equal(0);
    for (const id of ['cancel:1', 'cancel:2', 'cancel:3'])
      expect(await entry(id)).to.include({ state: 'done', needs_operator: 0 });
  });

  it('gives the time that was paid and not recorded', async () => {
    await start();
    const paid = (await the.vm()).expiresAt;
    await the.host.database('vms').update({ expires_at: '2026-01-02T00:00:00.000Z' });
    expect(await acts()).to.deep.equal(['extend']);
    expect(await the.vm()).to.include({ expiresAt: paid });
  });

  it('never shortens what is recorded: an extension that vanished is for a person', async () => {
    await start();
    await the.host.vms.extendTo('blockhost-001', '2199-01-01T00:00:00.000Z');
    expect(await acts()).to.deep.equal([]);
    expect(await kinds()).to.deep.equal(['paid-time-shorter blockhost-001']);
    expect(await the.vm()).to.include({ expiresAt: '2199-01-01T00:00:00.000Z' });
  });

  it('notices an extension that was merged into its creation and vanished from the chain', async () => {
    the = await ReconcilingHost.create();
    const alice = the.host.chain.customer(1);
    await the.host.buy(alice, 30_000);
    the.host.chain.ledger.mine();
    alice.extend(1n, 30);
    await the.serve();
    const { ledger } = the.host.chain;
    const lost = ledger.head.height - 1;
    expect(ledger.contracts.events.filter(({ type }) => type === 'subscription-extended')).to.have.lengthOf(
      1,
    );
    const extended = (await the.vm()).expiresAt;
    // The mint is the youngest block, the extension the one before.
    ledger.reorganise(ledger.head.height - lost + 1, 'lost');
    await the.serveInPart();
    await the.run();
    expect(await kinds()).to.include('paid-time-shorter blockhost-001');
    expect(await the.vm()).to.include({ expiresAt: extended });
  });

  it('says what only a person can judge once an hour, not in every run', async () => {
    await start();
    the.machines.standing.clear();
    const told = () => the.host.log.records.filter(({ fields }) => fields.kind === 'machine-missing').length;
    await the.run();
    await the.run();
    expect(told()).to.equal(1);
    time.advance(HOUR);
    await the.run();
    expect(told()).to.equal(2);
  });

  it('tells of a VM whose making nobody goes on with', async () => {
    await start();
    await the.host.vms.reserve({
      name: 'by-hand',
      operationId: 'by-hand',
      ownerWallet: 'w',
      planId: null,
      username: 'admin',
      cpu: 1,
      memoryMb: 256,
      diskGb: 1,
      expiresAt: '2199-01-01T00:00:00Z',
    });
    await the.run();
    expect(await kinds()).to.deep.equal([]);
    time.advance(2 * HOUR);
    await the.run();
    expect(await kinds()).to.deep.equal(['half-made by-hand']);
    await the.host.vms.abandon('by-hand', 'by-hand', 'free');
    await the.run();
    expect(await kinds()).to.deep.equal([]);
  });

  it('remembers who holds the credential of the administrator, and never takes it for a VM', async () => {
    await start();
    const { ownerKey } = the.host.chain;
    the.host.chain.send(ownerKey.key, { do: 'mint', to: ownerKey.key.address, userData: '0x' });
    await settings({ admin: { credential_nft_id: 1 } });
    const owner = async () => (await the.host.database('admin_identity').first('owner'))?.owner;
    expect(await acts()).to.deep.equal(['remember-admin']);
    expect(await owner()).to.equal(ownerKey.key.address);
    expect(await kinds()).to.deep.equal([]);
    const heir = the.host.chain.customer(7);
    the.host.chain.send(ownerKey.key, { do: 'transfer-credential', tokenId: 1n, to: heir.key.address });
    expect(await acts()).to.deep.equal(['remember-admin']);
    expect(await owner()).to.equal(heir.key.address);
    expect(await acts()).to.deep.equal([]);
  });

  it('is planned in full before anything is done, and a plan changes nothing', async () => {
    const [alice] = await start();
    if (alice) the.transfer(alice, 0n, the.host.chain.customer(9));
    const before = [await the.host.vms.list(), await the.findings()];
    const { actions } = await the.plan();
    expect(actions).to.deep.equal([
      { do: 'set-owner', vm: 'blockhost-001', tokenId: '0', to: the.host.chain.customer(9).key.address },
      { do: 'update-gecos', vm: 'blockhost-001' },
    ]);
    expect([await the.host.vms.list(), await the.findings()]).to.deep.equal(before);
    expect(the.machines.acts).to.deep.equal([]);
  });

  it('is done by one run at a time, in whatever processes', async () => {
    await start();
    let running = 0;
    let most = 0;
    const list = the.machines.list.bind(the.machines);
    the.machines.list = async () => {
      running += 1;
      most = Math.max(most, running);
      await time.sleep(50);
      running -= 1;
      return list();
    };
    await Promise.all([the.run(), the.run(), the.run()]);
    expect([most, running]).to.deep.equal([1, 0]);
  });
});
