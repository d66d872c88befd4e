import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { hasCode } from '@blockhost/kernel';
import { ADMIN_COMMANDS_JSON } from '@blockhost/kernel/host-files';
import { expect } from 'chai';
import { KNOCK, OPEN_SESAME, TestAdmin } from './test-admin.js';

describe('AdminCommands', () => {
  let host: TestAdmin;

  const start = async (admin: Parameters<typeof TestAdmin.create>[0] = {}) => {
    host = await TestAdmin.create(admin);
    return host.commands.start();
  };
  afterEach(() => host.dispose());

  const warnings = () =>
    host.log.records.filter(({ level }) => level === 'warn').map(({ message }) => message);
  /** Everything that was ever opened or closed. */
  const changes = () => host.firewall.changes;

  it('opens the ports that an order of the administrator asks for, and records what was done', async () => {
    expect(await start()).to.equal('self');
    const transactionHash = host.order({ params: { ports: [22], duration: 60 } });
    await host.look();
    expect(host.firewall.open).to.deep.equal(['22 everybody']);
    const [order] = await host.orders();
    expect(order).to.include({ transactionHash, state: 'done', action: 'knock' });
    expect(order?.reason).to.match(/open to everybody for 60 s: 22/);
  });

  describe('does nothing a second time', () => {
    it('when the same blocks are read again, also by another process', async () => {
      await start();
      host.order();
      await host.look();
      const before = changes().length;
      await host.lookFrom(1);
      expect(changes()).to.have.lengthOf(before);
      await host.restart();
      const closed = changes().length;
      await host.lookFrom(1);
      expect(changes()).to.have.lengthOf(closed);
      expect(await host.states()).to.deep.equal(['done']);
    });

    it('when a new transaction carries a nonce that was used, also after a restart', async () => {
      await start();
      host.order({ nonce: 'the-same-nonce' });
      await host.look();
      const before = changes().length;
      host.order({ nonce: 'the-same-nonce' });
      await host.look();
      expect(changes()).to.have.lengthOf(before);
      await host.restart();
      const closed = changes().length;
      host.order({ nonce: 'the-same-nonce' });
      await host.look();
      expect(changes()).to.have.lengthOf(closed);
      expect(await host.states()).to.deep.equal(['done', 'refused', 'refused']);
    });

    it('when its record was pruned, because it is stale long before', async () => {
      await start();
      const order = { nonce: 'the-same-nonce', timestamp: host.now };
      host.order(order);
      await host.look();
      const nonces = () => host.base.database('admin_nonces').select('nonce');
      const day = 86_400_000;
      host.clock.advance(day - 60_000);
      await host.restart();
      expect(await nonces()).to.have.lengthOf(1);
      host.clock.advance(61_000);
      await host.restart();
      expect(await nonces()).to.deep.equal([]);
      const before = changes().length;
      host.order(order);
      await host.lookFrom(1);
      expect(changes()).to.have.lengthOf(before);
      expect(await host.states()).to.deep.equal(['done', 'refused']);
    });

    it('when the process ended between recording and doing: the operator is told', async () => {
      await start();
      const transactionHash = host.order({ nonce: 'half-done' });
      await host.base.database('admin_nonces').insert({
        chain: host.chain.chain.id,
        nonce: 'half-done',
        transaction_hash: transactionHash,
        timestamp: host.now,
        keep_until: host.clock.now() + 86_400_000,
      });
      await host.base.database('admin_orders').insert({
        chain: host.chain.chain.id,
        transaction_hash: transactionHash,
        height: 1,
        state: 'executing',
        action: 'knock',
        received_at: 0,
        updated_at: 0,
      });
      await host.restart();
      await host.lookFrom(1);
      expect(changes()).to.deep.equal([]);
      expect((await host.orders())[0]).to.include({
        state: 'failed',
        reason: 'The host stopped before it was carried out.',
      });
    });
  });

  describe('judges the age of an order by the host’s clock', () => {
    for (const [what, seconds, state] of [
      ['300 s old', -300, 'done'],
      ['301 s old', -301, 'refused'],
      ['60 s ahead', 60, 'done'],
      ['61 s ahead', 61, 'refused'],
    ] as const)
      it(`${what}: ${state}`, async () => {
        await start();
        host.order({ timestamp: host.now + seconds });
        await host.look();
        expect(await host.states()).to.deep.equal([state]);
        expect(host.firewall.open).to.have.lengthOf(state === 'done' ? 2 : 0);
      });

    it('takes as long as the operator allows', async () => {
      await start({ max_command_age: 10 });
      host.order({ timestamp: host.now - 11 });
      host.order({ timestamp: host.now - 10 });
      await host.look();
      expect(await host.states()).to.deep.equal(['refused', 'done']);
    });

    it('never carries out what waited while the host was down', async () => {
      await start();
      host.order();
      host.clock.advance(3_600_000);
      await host.look();
      expect(changes()).to.deep.equal([]);
    });
  });

  describe('takes orders that are sent', () => {
    const elsewhere = `fake1${'9'.repeat(38)}`;
    const nobody = `fake1${'d'.repeat(38)}`;
    const sent = async (admin: Parameters<typeof start>[0], to?: string) => {
      const mode = await start(admin);
      host.order(to === undefined ? {} : { to });
      await host.look();
      return [mode, host.firewall.open.length > 0];
    };

    it('to the administrator’s own wallet, when nothing else is said', async () => {
      expect(await sent({})).to.deep.equal(['self', true]);
    });
    it('to nobody else then', async () => {
      expect(await sent({}, elsewhere)).to.deep.equal(['self', false]);
    });
    it('anywhere, with any', async () => {
      expect(await sent({ destination_mode: 'any' }, elsewhere)).to.deep.equal(['any', true]);
    });
    it('anywhere, with the wizard’s external', async () => {
      expect(await sent({ destination_mode: 'external' }, elsewhere)).to.deep.equal(['any', true]);
    });
    it('to the address of the server key, with server', async () => {
      const server = TestAdmin.serverAddress;
      expect(await sent({ destination_mode: 'server' }, server)).to.deep.equal(['server', true]);
    });
    it('to the address of the server key only, with server', async () => {
      expect(await sent({ destination_mode: 'server' })).to.deep.equal(['server', false]);
    });
    it('to nobody’s address, with null', async () => {
      expect(await sent({ destination_mode: 'null' }, nobody)).to.deep.equal(['null', true]);
    });
    it('to the address the operator chose, with null', async () => {
      const chosen = { destination_mode: 'null', destination_address: elsewhere };
      expect(await sent(chosen, elsewhere)).to.deep.equal(['null', true]);
    });
    it('to that address only, with null', async () => {
      const chosen = { destination_mode: 'null', destination_address: elsewhere };
      expect(await sent(chosen, nobody)).to.deep.equal(['null', false]);
    });

    for (const [what, admin] of [
      ['an unknown mode', { destination_mode: 'everywhere' }],
      ['a mode that every object has', { destination_mode: 'constructor' }],
      ['a wallet that is no address', { wallet_address: 'nonsense' }],
      ['a destination that is no address', { destination_mode: 'null', destination_address: 'x' }],
      ['a shared key of a wrong length', { shared_key: 'ab' }],
    ] as const)
      it(`and none with ${what}: the commands are off, with an error`, async () => {
        expect(await sent(admin)).to.deep.equal(['off', false]);
        expect(host.log.records.map(({ level, message }) => `${level}: ${message}`)).to.include(
          'error: the administrator’s commands are off',
        );
      });
  });

  it('listens to nobody but the administrator', async () => {
    await start({ destination_mode: 'any' });
    host.order({ from: host.chain.customer(2).key });
    await host.look();
    expect(await host.orders()).to.deep.equal([]);
  });

  it('ignores in silence whatever it cannot open', async () => {
    await start();
    for (const data of ['0x', '0xdeadbeef', `0x04${'ab'.repeat(200)}`] as const)
      host.chain.send(host.wallet, { do: 'carry', to: host.wallet.address, data });
    await host.look();
    expect(await host.orders()).to.deep.equal([]);
    expect(warnings()).to.deep.equal([]);
  });

  it('obeys whoever holds the credential, when it is told to follow it', async () => {
    await start({ follow_credential: true, credential_nft_id: 0 });
    const heir = host.chain.customer(2).key;
    host.chain.send(host.chain.ownerKey.key, { do: 'mint', to: host.wallet.address, userData: '0x' });
    host.order();
    await host.look();
    expect(await host.states()).to.deep.equal(['done']);
    host.chain.send(host.wallet, { do: 'transfer-credential', tokenId: 0n, to: heir.address });
    host.order();
    host.order({ from: heir });
    await host.look();
    expect((await host.orders()).map(({ state }) => state)).to.deep.equal(['done', 'done']);
  });

  it('obeys nobody when the credential it follows does not exist', async () => {
    await start({ follow_credential: true, credential_nft_id: 7 });
    host.order();
    await host.look();
    expect(await host.orders()).to.deep.equal([]);
  });

  it('refuses an unknown command and names it nowhere', async () => {
    await start();
    host.order({ command: 'shibboleth' });
    await host.look();
    const [order] = await host.orders();
    expect(order).to.include({ state: 'refused', reason: 'This host knows no such command.' });
    expect(JSON.stringify([host.log.records, await host.base.database('admin_orders')])).to.not.contain(
      'shibboleth',
    );
  });

  it('names no known command in its log either', async () => {
    await start();
    host.order();
    await host.look();
    expect(host.log.records).to.have.length.above(0);
    expect(JSON.stringify(host.log.records)).to.not.contain(OPEN_SESAME);
  });

  describe('reads admin-commands.json each time', () => {
    const file = () => join(host.base.paths.config, ADMIN_COMMANDS_JSON.name);

    it('and carries out nothing without it, with one warning', async () => {
      await start();
      await rm(file());
      for (let each = 0; each < 3; each += 1) {
        host.order();
        await host.look();
      }
      expect(changes()).to.deep.equal([]);
      expect(
        warnings().filter((text) => text.startsWith('there is no admin-commands.json')),
      ).to.have.lengthOf(1);
      await host.config.write(ADMIN_COMMANDS_JSON, KNOCK);
      host.order();
      await host.look();
      expect(host.firewall.open).to.have.lengthOf(2);
    });

    it('and carries out nothing while it is malformed, with one warning that quotes nothing of it', async () => {
      await start();
      for (const text of ['{"commands":{"shibboleth":{"action":7}}}', '{"commands":{"shibboleth']) {
        await writeFile(file(), text);
        for (let each = 0; each < 2; each += 1) {
          host.order();
          await host.look();
        }
      }
      expect(changes()).to.deep.equal([]);
      expect(warnings().filter((text) => text.includes('malformed'))).to.have.lengthOf(2);
      expect(JSON.stringify(host.log.records)).to.not.contain('shibboleth');
    });

    it('and refuses an action it does not know', async () => {
      await start();
      await host.config.write(ADMIN_COMMANDS_JSON, { commands: { [OPEN_SESAME]: { action: 'toString' } } });
      host.order();
      await host.look();
      expect(await host.states()).to.deep.equal(['refused']);
    });
  });

  it('refuses an order that it cannot record, and stays off until an operator acts', async () => {
    await start();
    await host.base.database.raw('alter table admin_nonces rename to gone');
    host.order();
    await host.look();
    await host.base.database.raw('alter table gone rename to admin_nonces');
    host.order();
    await host.look();
    expect(changes()).to.deep.equal([]);
    await host.restart();
    host.order();
    await host.look();
    expect(host.firewall.open).to.have.lengthOf(2);
  });

  it('fails an order, openly, on a host without a root agent', async () => {
    await start();
    await host.restart({ rootAgent: null });
    host.order();
    await host.look();
    expect((await host.orders())[0]).to.include({
      state: 'failed',
      reason: 'There is no root agent to open ports.',
    });
  });

  describe('on a chain that was not read for long', () => {
    const calls = (name: string) => host.chain.calls.filter((call) => call === name).length;

    it('asks for few blocks to know that all but the youngest are stale', async () => {
      await start();
      host.chain.ledger.mine(20_000);
      host.clock.advance(20_000 * 12_000);
      host.order();
      const { height } = host.chain.ledger.head;
      host.chain.calls.length = 0;
      const { signal } = new AbortController();
      for (let from = 1; from <= height; from += 2_000)
        await host.commands.look(from, Math.min(from + 1_999, height), signal);
      await host.open(['22 everybody', '8006 everybody']);
      expect(calls('adminCommands.scan')).to.be.within(1, 2);
      expect(calls('blocks.at')).to.be.below(15);
    });

    it('has the same blocks shown again when the chain cannot be reached', async () => {
      await start();
      host.order();
      host.chain.faults.unreachable = true;
      const failure = await host.look().catch((error: unknown) => error);
      expect(hasCode(failure, 'chain.unreachable')).to.equal(true);
      host.chain.faults.unreachable = false;
      await host.lookFrom(1);
      expect(host.firewall.open).to.have.lengthOf(2);
    });
  });

  it('carries an order out once across a reorganisation that includes it elsewhere', async () => {
    await start();
    host.order();
    await host.look();
    const before = changes().length;
    host.chain.ledger.reorganise(1, 'kept');
    await host.lookFrom(1);
    expect(changes()).to.have.lengthOf(before);
    expect(await host.states()).to.deep.equal(['done']);
  });
});
