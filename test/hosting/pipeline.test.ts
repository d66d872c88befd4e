import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { SERVER_KEY } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { MemoryHost, type MemoryHostOptions } from './memory-host.js';

const DAY_MS = 86_400_000;

describe('the subscription pipeline', function () {
  this.timeout(30_000);
  let host: MemoryHost;

  const start = async (options?: MemoryHostOptions) => {
    host = await MemoryHost.create(options);
  };
  afterEach(() => host.dispose());

  const credentials = () => host.chain.ledger.contracts.credentials;
  const vm = (name = 'blockhost-001') => host.vms.get(name);
  const states = async () =>
    (await host.entries()).map(({ id, state, failed_stage }) =>
      [id, state, ...(failed_stage ? [failed_stage] : [])].join(' '),
    );
  const entryThat = (what: string, test: (entry: Record<string, unknown>) => boolean) =>
    until(what, 10_000, async () => (await host.entries()).find(test));

  it('turns a purchase into a running VM and a credential only the buyer can read', async () => {
    await start();
    const alice = host.chain.customer(1);
    await host.buy(alice);
    await host.startMonitor();
    await host.rest();

    const made = await vm();
    expect(made).to.include({
      status: 'active',
      nftTokenId: '0',
      nftMinted: true,
      gecosSynced: true,
      ownerWallet: alice.key.address,
      memoryMb: 256,
    });
    expect(await host.details(alice, 0n)).to.deep.equal({
      hostname: made?.ipv4,
      port: made?.loginPort,
      username: 'admin',
    });
    const ref = { name: 'blockhost-001', backendRef: made?.backendRef ?? null };
    expect(await host.provisioner.status(ref)).to.include({ value: 'running' });
    const [entry] = await host.entries();
    expect(entry).to.include({ state: 'done', stage: 'complete' });
    expect(entry).to.include({ user_encrypted: null, conn_encrypted: null, mint: null });
  });

  it('serves purchases that were made while no monitor ran, in the order of the chain', async () => {
    await start();
    for (const number of [1, 2, 3]) await host.buy(host.chain.customer(number));
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done', 'create:2 done', 'create:3 done']);
    const addresses = (await host.vms.list()).map(({ ipv4 }) => ipv4);
    expect(new Set(addresses).size).to.equal(3);
    expect(credentials().map(({ owner }) => owner)).to.deep.equal(
      [1, 2, 3].map((number) => host.chain.customer(number).key.address),
    );
  });

  it('never does twice what it reads twice', async () => {
    await start();
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    host = await host.restarted();
    await host.database('chain_cursors').delete();
    await host.startMonitor();
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
    expect(await host.vms.list()).to.have.lengthOf(1);
    expect(await states()).to.deep.equal(['create:1 done']);
  });

  it('extends to the absolute end that was paid, also when the extension overtakes the creation', async () => {
    await start();
    const alice = host.chain.customer(1);
    await host.buy(alice, 10);
    alice.extend(1n, 5);
    await host.startMonitor();
    await host.rest();
    const paidUntil = () => (host.chain.ledger.contracts.subscriptions[0]?.expiresAt ?? 0) * 1000;
    const recorded = async () => Date.parse((await vm())?.expiresAt ?? '');
    const first = paidUntil();
    expect(await recorded()).to.equal(first);
    alice.extend(1n, 7);
    await host.rest();
    expect(await recorded())
      .to.equal(paidUntil())
      .and.to.equal(first + 7 * DAY_MS);
    expect((await states()).at(-1)).to.match(/^extend:1:\d+ done$/);
  });

  it('starts a suspended VM that is paid for again, but not one suspended for abuse', async () => {
    await start();
    const customers = [host.chain.customer(1), host.chain.customer(2)];
    for (const customer of customers) await host.buy(customer, 1_000);
    await host.startMonitor();
    await host.rest();
    const names = ['blockhost-001', 'blockhost-002'];
    for (const name of names) {
      const record = await vm(name);
      if (!record) throw new Error(`no ${name}`);
      await host.stopVm(record);
      await host.vms.suspend(name, name === 'blockhost-001' ? 'expiry' : 'abuse');
    }
    customers[0]?.extend(1n, 30);
    customers[1]?.extend(2n, 30);
    await host.rest();
    expect((await Promise.all(names.map(vm))).map((record) => record?.status)).to.deep.equal([
      'active',
      'suspended',
    ]);
    const listing = await host.provisioner.list();
    const powers = listing.kind === 'present' ? listing.value.map(({ power }) => power) : [];
    expect(powers.sort()).to.deep.equal(['running', 'stopped']);
  });

  it('asks for an operator when a destroyed VM is paid for', async () => {
    await start();
    const alice = host.chain.customer(1);
    await host.buy(alice);
    await host.startMonitor();
    await host.rest();
    alice.cancel(1n);
    alice.extend(1n, 30);
    await host.rest();
    const last = (await host.entries()).at(-1);
    expect(last).to.include({ state: 'failed', needs_operator: 1 });
    expect(last?.last_error).to.include('destroyed');
  });

  it('destroys the VM of a cancelled subscription and frees its address', async () => {
    await start({ addresses: 1 });
    const alice = host.chain.customer(1);
    await host.buy(alice);
    await host.startMonitor();
    await host.rest();
    alice.cancel(1n);
    await host.buy(host.chain.customer(2));
    await host.rest();
    expect(await vm()).to.include({ status: 'destroyed', ipv4: null });
    expect(await vm('blockhost-002')).to.include({ status: 'active' });
    expect(await host.provisioner.list())
      .to.have.property('value')
      .with.lengthOf(1);
  });

  it('makes nothing for a purchase that is cancelled before its turn', async () => {
    await start();
    const alice = host.chain.customer(1);
    await host.buy(alice);
    alice.cancel(1n);
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 cancelled', 'cancel:1 done']);
    expect(await host.vms.list({ destroyed: true })).to.deep.equal([]);
    expect(credentials()).to.deep.equal([]);
  });

  it('creates nothing for data it cannot decrypt, and tells why', async () => {
    await start();
    const bad = ['0x1234', `0x04${'ab'.repeat(200)}`, `0x${'00'.repeat(2_049)}`] as const;
    for (const [index, userEncrypted] of bad.entries())
      host.chain.customer(index).buy({ planId: 1n, days: 1, userEncrypted });
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal([
      'create:1 failed decrypted',
      'create:2 failed decrypted',
      'create:3 failed decrypted',
    ]);
    expect(await host.vms.list({ destroyed: true })).to.deep.equal([]);
    expect((await host.entries())[2]?.last_error).to.include('too long');
  });

  it('does not take a bare signature from the public chain for access data', async () => {
    await start();
    const alice = host.chain.customer(1);
    const signature = await host.chain.messages.sign('blockhost-access@test', alice.key);
    alice.buy({ planId: 1n, days: 1, userEncrypted: signature });
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 failed decrypted']);
  });

  it('mints a credential without details for a purchase without access data', async () => {
    await start();
    host.chain.customer(1).buy({ planId: 1n, days: 1, userEncrypted: '0x' });
    await host.startMonitor();
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
    expect(credentials()[0]?.userData).to.equal('0x');
    expect(await vm()).to.include({ status: 'active', nftMinted: true });
  });

  it('waits for a missing server key, lets others go first, and serves the purchase once it is back', async () => {
    await start();
    const file = join(host.root.paths.config, 'server.key');
    const key = await host.config.read(SERVER_KEY);
    await rm(file);
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    host.chain.customer(2).buy({ planId: 1n, days: 1, userEncrypted: '0x' });
    await entryThat('the other purchase', ({ id, state }) => id === 'create:2' && state === 'done');
    expect((await host.entries())[0]).to.include({ id: 'create:1', state: 'queued', needs_operator: 1 });
    await host.config.write(SERVER_KEY, key);
    await host.database('pipeline_entries').where({ id: 'create:1' }).update({ next_attempt_at: 0 });
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done', 'create:2 done']);
    expect((await host.entries())[0]).to.include({ needs_operator: 0 });
  });

  it('tries again while the address is in foreign use, and leaves one VM', async () => {
    await start({ addresses: 1, retryDelaysMs: [300, 300, 300] });
    const { ip_pool } = await host.poolConfig();
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(7722, String(ip_pool?.start), resolve));
    try {
      await host.buy(host.chain.customer(1));
      await host.startMonitor();
      await entryThat(
        'a failed try',
        ({ attempts, stage }) => stage === 'token_reserved' && Number(attempts) > 0,
      );
    } finally {
      await new Promise((resolve) => squatter.close(resolve));
    }
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 done']);
    expect(await host.provisioner.list())
      .to.have.property('value')
      .with.lengthOf(1);
  });

  it('gives up on an order no provisioner can fill, and leaves nothing of it', async () => {
    await start({ memoryMb: 1 });
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.rest();
    expect(await states()).to.deep.equal(['create:1 failed vm_created']);
    expect(await host.vms.list({ destroyed: true })).to.deep.equal([]);
    expect((await host.vms.tokens()).map(({ status }) => status)).to.deep.equal(['failed']);
    expect(await host.provisioner.list())
      .to.have.property('value')
      .with.lengthOf(0);
  });

  it('corrects record and login comment when the chain gives another id than reserved', async () => {
    await start();
    const { credentials: facet, ownerKey } = host.chain;
    const ask = facet.nextId;
    Object.assign(facet, {
      nextId: async () => {
        const next = await ask();
        // The reconciler asks too, while no entry is worked on.
        if (!(await host.entries()).some(({ state }) => state === 'active')) return next;
        Object.assign(facet, { nextId: ask });
        host.chain.send(ownerKey.key, { do: 'mint', to: ownerKey.key.address, userData: '0x' });
        return next;
      },
    });
    const alice = host.chain.customer(1);
    await host.buy(alice);
    await host.startMonitor();
    await host.rest();
    const record = await vm();
    expect(record).to.include({ nftTokenId: '1', gecosSynced: true });
    expect((await host.vms.tokens()).map(({ tokenId, status }) => [tokenId, status])).to.deep.equal([
      ['0', 'failed'],
      ['1', 'minted'],
    ]);
    if (!record) return;
    const passwd = await host.provisioner.guestExec?.(record, 'cat etc/passwd', { timeoutMs: 5_000 });
    expect(passwd?.stdout).to.include(`wallet=${alice.key.address},nft=1`);
  });

  it('signs a new mint only after the lost one cannot be found, and ends with one credential', async () => {
    await start({ autoMine: false });
    host.chain.ledger.mine();
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine();
    await host.startMonitor();
    await entryThat('a signed mint', ({ mint }) => mint !== null);
    await until('the broadcast', 5_000, async () =>
      host.chain.calls.includes('transactions.broadcast') ? true : null,
    );
    host.chain.ledger.dropPending();
    host.chain.send(host.chain.ownerKey.key, { do: 'create-plan', name: 'Other', price: 1n });
    host.chain.autoMine = true;
    host.chain.ledger.mine();
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
    expect(await vm()).to.include({ nftTokenId: '0', nftMinted: true });
  });

  it('hands in the same bytes again when the node has forgotten a mint', async () => {
    await start({ autoMine: false });
    host.chain.ledger.mine();
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine();
    await host.startMonitor();
    const signed = await entryThat('a signed mint', ({ mint }) => mint !== null);
    await until('the broadcast', 5_000, async () =>
      host.chain.calls.includes('transactions.broadcast') ? true : null,
    );
    host.chain.ledger.dropPending();
    host.chain.autoMine = true;
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
    const { hash } = JSON.parse(String(signed.mint));
    expect(host.chain.ledger.minedAt(hash)).to.include({ success: true });
  });

  it('waits with the VM until somebody fills the wallet that pays for the mint', async () => {
    await start();
    host.chain.ledger.impoverish(host.chain.ownerKey.key.address);
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    const waiting = await entryThat('the call for an operator', (entry) => entry.needs_operator === 1);
    expect(waiting).to.include({ state: 'queued', stage: 'encrypted' });
    expect(waiting.last_error).to.include('cannot pay');
    expect(await vm()).to.include({ status: 'active', nftMinted: false });
    host.chain.ledger.give(host.chain.ownerKey.key.address, 10n ** 18n);
    await host.database('pipeline_entries').update({ next_attempt_at: 0 });
    await host.rest();
    expect(await vm()).to.include({ status: 'active', nftMinted: true });
    expect((await host.entries())[0]).to.include({ state: 'done', needs_operator: 0 });
    expect(await host.vms.list()).to.have.lengthOf(1);
  });

  it('hands no mint to the chain that it could not write down first', async () => {
    await start();
    await host.database.raw(
      `create trigger full before update of mint on pipeline_entries when new.mint is not null begin
         select raise(fail, 'database or disk is full'); end`,
    );
    await host.buy(host.chain.customer(1));
    await host.startMonitor();
    await host.untilRest();
    expect((await host.entries())[0]).to.include({ state: 'failed', failed_stage: 'nft_minted', mint: null });
    expect(host.chain.calls).not.to.include('transactions.broadcast');
    await host.database.raw('drop trigger full');
    await host.database('pipeline_entries').update({ state: 'queued', attempts: 0, completed_at: null });
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
    expect(await host.vms.list()).to.have.lengthOf(1);
  });

  it('rests safely in the middle of a stage and goes on after a restart', async () => {
    await start({ autoMine: false });
    host.chain.ledger.mine();
    await host.buy(host.chain.customer(1));
    host.chain.ledger.mine();
    await host.startMonitor();
    await entryThat('a signed mint', ({ mint }) => mint !== null);
    host = await host.restarted();
    expect((await host.entries())[0]).to.include({ state: 'active', stage: 'encrypted', attempts: 0 });
    host.chain.autoMine = true;
    host.chain.ledger.mine();
    await host.startMonitor();
    await host.rest();
    expect(credentials()).to.have.lengthOf(1);
  });
});
