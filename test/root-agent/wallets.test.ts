import { link, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { generateWallet, type PrivilegedActions, saveAddressbook } from '@blockhost/kernel';
import { expect } from 'chai';
import { privateKeyToAddress } from 'viem/accounts';
import type { StartedProcess } from '../kernel/daemon/started-process.js';
import { AgentHost } from './agent-host.js';

const A = `0x${'a'.repeat(40)}`;
const B = `0x${'b'.repeat(40)}`;
const BOOK = {
  admin: { address: A },
  server: { address: B, keyfile: '/etc/blockhost/deployer.key' },
  friend: { address: B },
};

describe('wallets in the hands of the root agent', function () {
  this.timeout(60_000);
  let host: AgentHost;
  let agent: StartedProcess;
  let client: PrivilegedActions;

  beforeEach(async () => {
    host = await AgentHost.create();
    await host.put('/etc/blockhost/addressbook.json', BOOK);
    agent = await host.start();
    client = await host.client();
  });
  afterEach(() => host.remove());

  const book = () => host.json('/etc/blockhost/addressbook.json');
  const codeOf = (promise: Promise<unknown>): Promise<string | null> =>
    promise.then(
      () => null,
      (error) => error.code,
    );

  it('are made once, with a key that the service may read and an entry that names it', async () => {
    const made = await generateWallet(client, 'hot');
    expect(made.keyfile).to.equal('/etc/blockhost/hot.key');
    const key = (await host.read('/etc/blockhost/hot.key')).trim();
    expect(privateKeyToAddress(`0x${key}`)).to.equal(made.address);
    expect((await stat(host.paths.resolve('/etc/blockhost/hot.key'))).mode & 0o777).to.equal(0o640);
    expect(await book()).to.deep.equal({ ...BOOK, hot: made });
    expect(await codeOf(generateWallet(client, 'hot'))).to.equal('root-agent.denied');
    expect(await book()).to.deep.equal({ ...BOOK, hot: made });
    expect(agent.lines.join('\n')).not.to.contain(key);
    expect(JSON.stringify(await host.audit())).not.to.contain(key);
  });

  it('are made once although two ask at the same time', async () => {
    const ends = await Promise.allSettled([generateWallet(client, 'hot'), generateWallet(client, 'hot')]);
    expect(ends.map(({ status }) => status).sort()).to.deep.equal(['fulfilled', 'rejected']);
  });

  for (const [what, name] of [
    ['of the administrator', 'admin'],
    ['of the host', 'server'],
    ['of the developers', 'dev'],
    ['of the broker', 'broker'],
    ['whose key file is the deployer’s', 'deployer'],
    ['that is in the book', 'friend'],
  ] as const)
    it(`are not made under a name ${what}`, async () => {
      expect(await codeOf(generateWallet(client, name))).to.equal('root-agent.denied');
      expect(await book()).to.deep.equal(BOOK);
    });

  for (const name of ['', '-x', '../hot', 'hot/..', 'Hot', 'hot\n', 'a'.repeat(33), 'hot.key', '.'])
    it(`are not made under the name ${JSON.stringify(name)}`, async () => {
      expect(await codeOf(generateWallet(client, name))).to.equal('root-agent.invalid-params');
    });

  it('never replace a key file, nor write through a link in its place', async () => {
    await host.put('/etc/blockhost/hot.key', 'precious');
    expect(await codeOf(generateWallet(client, 'hot'))).to.equal('root-agent.denied');
    const elsewhere = join(host.host.root, 'elsewhere');
    await writeFile(elsewhere, 'precious');
    await link(elsewhere, host.paths.resolve('/etc/blockhost/warm.key'));
    expect(await codeOf(generateWallet(client, 'warm'))).to.equal('root-agent.denied');
    expect(await host.read('/etc/blockhost/hot.key')).to.equal('precious');
    expect(await host.read('/elsewhere')).to.equal('precious');
  });

  for (const step of ['key', 'name', 'entry', 'done'])
    for (const place of ['before', 'after'])
      it(`are whole after a kill ${place} the step ${step}, and the next call has the same wallet`, async () => {
        agent.kill('SIGTERM');
        await agent.ended;
        agent = await host.start({ BLOCKHOST_FAILPOINT: `generate-wallet.${step}:${place}` });
        expect(await codeOf(generateWallet(client, 'hot'))).to.equal('root-agent.unanswered');
        await agent.ended;
        const seen = (await book()).hot;
        await host.start();
        const over = step === 'done' && place === 'after';
        const made = over ? null : await generateWallet(client, 'hot');
        const entry = (await book()).hot as { address: string; keyfile: string };
        if (made) expect(entry).to.deep.equal(made);
        if (seen) expect(entry).to.deep.equal(seen);
        const key = (await host.read('/etc/blockhost/hot.key')).trim();
        expect(privateKeyToAddress(`0x${key}`)).to.equal(entry.address);
        const files = await readdir(host.paths.config);
        expect(files.filter((name) => /pending|tmp/.test(name))).to.deep.equal([]);
      });

  describe('of others', () => {
    it('are added, changed and removed', async () => {
      const next = { ...BOOK, friend: { address: A }, other: { address: B } };
      await saveAddressbook(client, next);
      await saveAddressbook(client, next);
      expect(await book()).to.deep.equal(next);
      const { friend: _, ...without } = next;
      await saveAddressbook(client, without);
      expect(await book()).to.deep.equal(without);
      expect((await stat(host.paths.resolve('/etc/blockhost/addressbook.json'))).mode & 0o777).to.equal(
        0o640,
      );
    });

    it('that are wrong stay as they are, and are not added', async () => {
      const wrong = { ...BOOK, torn: { address: 'nonsense', note: 1 } };
      await host.put('/etc/blockhost/addressbook.json', wrong);
      await saveAddressbook(client, { ...wrong, other: { address: A } });
      expect(await book())
        .to.have.property('torn')
        .that.deep.equals(wrong.torn);
      expect(
        await codeOf(saveAddressbook(client, { ...wrong, torn: { address: 'more nonsense' } })),
      ).to.equal('root-agent.denied');
    });

    it('that are no entries at all stay as they are, and are not added', async () => {
      const wrong = { ...BOOK, old: 7, torn: 'nonsense' };
      await host.put('/etc/blockhost/addressbook.json', wrong);
      await saveAddressbook(client, { ...wrong, other: { address: A } });
      expect(await book()).to.deep.equal({ ...wrong, other: { address: A } });
      expect(await codeOf(saveAddressbook(client, { ...wrong, newer: 8 }))).to.equal('root-agent.denied');
    });

    it('take the hot wallet back when only its entry was lost, and with no other key', async () => {
      const hot = { address: A, keyfile: '/etc/blockhost/hot.key' };
      for (const entry of [{ address: A }, { address: A, keyfile: '/etc/blockhost/other.key' }])
        expect(await codeOf(saveAddressbook(client, { ...BOOK, hot: entry }))).to.equal('root-agent.denied');
      await saveAddressbook(client, { ...BOOK, hot });
      expect(await book()).to.deep.equal({ ...BOOK, hot });
      expect(await codeOf(saveAddressbook(client, { ...BOOK, hot: { ...hot, address: B } }))).to.equal(
        'root-agent.denied',
      );
    });

    const { admin: _admin, ...withoutAdmin } = BOOK;
    for (const [what, entries] of [
      ['takes the administrator out', withoutAdmin],
      ['changes where the administrator’s money goes', { ...BOOK, admin: { address: B } }],
      [
        'changes the key of the host',
        { ...BOOK, server: { address: B, keyfile: '/etc/blockhost/other.key' } },
      ],
      ['takes the key of the host away', { ...BOOK, server: { address: B } }],
      ['adds the developers', { ...BOOK, dev: { address: A } }],
      ['adds the broker', { ...BOOK, broker: { address: A } }],
      ['adds a hot wallet', { ...BOOK, hot: { address: A } }],
      ['has an address of another form', { ...BOOK, other: { address: '0x1234' } }],
      ['has an address with a line feed', { ...BOOK, other: { address: `${A}\n` } }],
      ['has an address that is no text', { ...BOOK, other: { address: 7 } }],
      ['has no address', { ...BOOK, other: {} }],
      ['points a key file elsewhere', { ...BOOK, other: { address: A, keyfile: '/etc/shadow' } }],
      [
        'points a key file upwards',
        { ...BOOK, other: { address: A, keyfile: '/etc/blockhost/../shadow.key' } },
      ],
      [
        'points a key file into a folder',
        { ...BOOK, other: { address: A, keyfile: '/etc/blockhost/ssl/x.key' } },
      ],
      ['has more members', { ...BOOK, other: { address: A, run: 'sh' } }],
      ['has an entry that is a text', { ...BOOK, friend: A }],
      ['has a name with a slash', { ...BOOK, '../x': { address: A } }],
      ['has a name that begins with a dash', { ...BOOK, '-x': { address: A } }],
    ] as const)
      it(`are not saved when the book ${what}`, async () => {
        expect(await codeOf(saveAddressbook(client, entries))).to.equal('root-agent.denied');
        expect(await book()).to.deep.equal(BOOK);
      });

    for (const [what, entries] of [
      ['a list', []],
      ['a text', 'all'],
    ] as const)
      it(`are not saved as ${what}`, async () => {
        expect(await codeOf(client.call('addressbook-save', { entries }))).to.equal(
          'root-agent.invalid-params',
        );
      });

    it('may name the host’s own wallets in a book that is still empty, once', async () => {
      await host.put('/etc/blockhost/addressbook.json', {});
      await saveAddressbook(client, BOOK);
      expect(await book()).to.deep.equal(BOOK);
      expect(await codeOf(saveAddressbook(client, { ...BOOK, admin: { address: B } }))).to.equal(
        'root-agent.denied',
      );
    });

    it('are not replaced when the present book is broken', async () => {
      await host.put('/etc/blockhost/addressbook.json', '{"admin":');
      expect(await codeOf(saveAddressbook(client, BOOK))).to.equal('root-agent.failed');
      expect(await host.read('/etc/blockhost/addressbook.json')).to.equal('{"admin":');
    });

    it('keep their key and its address', async () => {
      const warm = await generateWallet(client, 'warm');
      const present = await book();
      for (const entry of [
        { address: warm.address },
        { ...warm, address: A },
        { ...warm, keyfile: '/etc/blockhost/x.key' },
      ])
        expect(await codeOf(saveAddressbook(client, { ...present, warm: entry }))).to.equal(
          'root-agent.denied',
        );
      expect(await book()).to.deep.equal(present);
    });

    for (const place of ['before', 'after'])
      it(`are all old or all new after a kill ${place} they are written`, async () => {
        agent.kill('SIGTERM');
        await agent.ended;
        agent = await host.start({ BLOCKHOST_FAILPOINT: `addressbook-save.write:${place}` });
        const next = { ...BOOK, other: { address: A } };
        expect(await codeOf(saveAddressbook(client, next))).to.equal('root-agent.unanswered');
        await agent.ended;
        expect(await book()).to.deep.equal(place === 'before' ? BOOK : next);
        await host.start();
        await saveAddressbook(client, next);
        expect(await book()).to.deep.equal(next);
      });
  });
});
