import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createExec, type ExecResult, resolvePaths } from '@blockhost/kernel';
import { expect } from 'chai';
import { privateKeyToAddress } from 'viem/accounts';
import { checkout } from '../demo/host.js';
import { expectFailure } from '../engine-evm/command-endings.js';
import { expectLines } from './endings.js';
import { emptyHost, newTestWallet, stranger } from './tools-host.js';

describe('ab', function () {
  this.timeout(60_000);
  const [server, admin, broker] = [newTestWallet(), newTestWallet(), newTestWallet()];
  let root: string;
  before(async () => {
    root = await emptyHost();
  });
  after(() => rm(root, { recursive: true }));
  beforeEach(async () => {
    await rm(etc(), { recursive: true });
    await mkdir(etc());
    await writeFile(etc('deployer.key'), `${server.text}\n`, { mode: 0o640 });
  });

  const etc = (name = '') => join(root, 'etc/blockhost', name);
  const book = async () => JSON.parse(await readFile(etc('addressbook.json'), 'utf8'));
  const write = (content: object) => writeFile(etc('addressbook.json'), JSON.stringify(content));
  const ab = (...words: readonly string[]): Promise<ExecResult> =>
    createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: root }) }).run([join(checkout, 'bin/ab'), ...words], {
      cwd: root,
      timeoutMs: 30_000,
      env: { BLOCKHOST_ROOT: root },
    });
  const keyfile = '/etc/blockhost/deployer.key';
  const begun = { admin: { address: admin.address }, server: { address: server.address, keyfile } };

  it('names an address, changes it and forgets it', async () => {
    expectLines(await ab('list'), '{}');
    expectLines(await ab('add', 'friend', stranger.toLowerCase()), `friend ${stranger}`);
    expect(await book()).to.deep.equal({ friend: { address: stranger } });
    expect((await stat(etc('addressbook.json'))).mode & 0o777).to.equal(0o640);
    expectLines(await ab('up', 'friend', broker.address));
    expect(JSON.parse((await ab('list')).stdout)).to.deep.equal({ friend: { address: broker.address } });
    expectLines(await ab('del', 'friend'));
    expectLines(await ab('list'), '{}');
  });

  it('makes a wallet with a key that only the service can read, and keeps the key', async () => {
    const [address = ''] = expectLines(await ab('new', 'shop'), /^0x[0-9a-fA-F]{40}$/);
    expect(await book()).to.deep.equal({ shop: { address, keyfile: '/etc/blockhost/shop.key' } });
    expect((await stat(etc('shop.key'))).mode & 0o777).to.equal(0o640);
    const key = await readFile(etc('shop.key'), 'utf8');
    expectFailure(await ab('up', 'shop', stranger), 1, 'shop.key is the key of');
    expectLines(await ab('up', 'shop', address.toLowerCase()));
    expectLines(await ab('del', 'shop'));
    expectFailure(await ab('new', 'shop'), 1, 'key file shop.key already');
    expect(await readFile(etc('shop.key'), 'utf8')).to.equal(key);
  });

  it('keeps an entry that is wrong, and says so', async () => {
    const wrong = { old: { address: 'nobody' }, older: 7 };
    await write(wrong);
    expectLines(await ab('add', 'friend', stranger), /^friend/);
    expect(await book()).to.deep.equal({ ...wrong, friend: { address: stranger } });
    const list = await ab('list');
    expect(JSON.parse(list.stdout)).to.deep.equal(await book());
    expect(list.stderr)
      .to.match(/"old"/)
      .and.match(/"older"/);
    expectLines(await ab('up', 'old', stranger));
    expectLines(await ab('del', 'older'));
    expect(await book()).to.deep.equal({ friend: { address: stranger }, old: { address: stranger } });
  });

  it('loses nothing when ten are started at once', async () => {
    const names = Array.from({ length: 8 }, (_, number) => `friend-${number}`);
    const results = await Promise.all([
      ...names.map((name) => ab('add', name, stranger)),
      ab('new', 'shop'),
      ab('new', 'shop'),
    ]);
    expect(results.map(({ code }) => code).sort()).to.deep.equal([0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
    expect(Object.keys(await book())).to.have.members([...names, 'shop']);
  });

  describe('--init', () => {
    const words = ['--init', admin.address, server.address];

    it('begins the book with the wallets of this host', async () => {
      expectLines(await ab(...words, etc('deployer.key')));
      expect(await book()).to.deep.equal(begun);
      expectFailure(await ab(...words, keyfile), 1, 'entries already');
    });

    it('takes developers and broker, each without the other', async () => {
      expectLines(await ab(...words, '-', broker.address, keyfile));
      expect(await book()).to.deep.equal({ ...begun, broker: { address: broker.address } });
      await rm(etc('addressbook.json'));
      expectLines(await ab(...words, stranger, keyfile));
      expect(await book()).to.deep.equal({ ...begun, dev: { address: stranger } });
      await rm(etc('addressbook.json'));
      expectLines(await ab(...words, stranger, broker.address, keyfile));
      expect(Object.keys(await book())).to.have.members(['admin', 'server', 'dev', 'broker']);
    });

    for (const [expected, code, ...rest] of [
      ['3 to 5', 2],
      ['3 to 5', 2, '-', '-', keyfile, 'more'],
      ['DEV', 2, '0x12', keyfile],
      ['administrator', 2, admin.address, keyfile],
      ['KEYFILE', 2, '/etc/shadow'],
      ['There is no missing.key', 1, '/etc/blockhost/missing.key'],
    ] as const)
      it(`refuses "${rest.join(' ').replace(admin.address, 'the administrator')}"`, async () => {
        expectFailure(await ab(...words, ...rest), code, expected);
        expectLines(await ab('list'), '{}');
      });

    it('refuses a key that is another wallet’s', async () => {
      const result = await ab('--init', admin.address, stranger, keyfile);
      expectFailure(result, 1, 'deployer.key is the key of');
    });
  });

  for (const [expected, code, line] of [
    ['no verb "foo"', 2, 'foo'],
    ['ADDRESS', 2, 'add friend 0x12'],
    ['NAME', 2, `add Friend ${stranger}`],
    ['NAME', 2, `add ${'a'.repeat(33)} ${stranger}`],
    ['address', 2, 'add friend'],
    ['NAME', 2, `add ../friend ${stranger}`],
    ['"taken" already', 1, `add taken ${stranger}`],
    ['"taken" already', 1, 'new taken'],
    ['no wallet "nobody"', 1, 'del nobody'],
    ['no wallet "nobody"', 1, `up nobody ${stranger}`],
    ...['server', 'admin', 'hot', 'dev', 'broker'].flatMap((name) => [
      ['reserved', 2, `add ${name} ${stranger}`] as const,
      ['reserved', 2, `del ${name}`] as const,
      ['reserved', 2, `up ${name} ${stranger}`] as const,
      ['reserved', 2, `new ${name}`] as const,
    ]),
  ] as const)
    it(`refuses "${line}"`, async () => {
      const content = { ...begun, taken: { address: stranger } };
      await write(content);
      expectFailure(await ab(...line.split(' ')), code, expected);
      expect(await book()).to.deep.equal(content);
    });

  it('says why when the book cannot be read, and leaves it alone', async () => {
    await writeFile(etc('addressbook.json'), '{"server":');
    for (const words of [['list'], ['add', 'friend', stranger], ['new', 'shop']])
      expectFailure(await ab(...words), 1, 'not valid JSON');
    expect(await readFile(etc('addressbook.json'), 'utf8')).to.equal('{"server":');
  });

  for (const place of [
    'wallet.key:before',
    'wallet.key:after',
    'wallet.entry:before',
    'wallet.entry:after',
    'address-book.save:before',
    'address-book.save:after',
  ])
    it(`leaves a whole book when killed at ${place}, and ends as once when given again`, async () => {
      await write(begun);
      const words = place.startsWith('wallet') ? ['new', 'shop'] : ['add', 'friend', stranger];
      const killed = await createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: root }) }).run(
        [join(checkout, 'bin/ab'), ...words],
        { cwd: root, timeoutMs: 30_000, env: { BLOCKHOST_ROOT: root, BLOCKHOST_FAILPOINT: place } },
      );
      expect(killed.signal).to.equal('SIGKILL');
      const between = await book();
      expect(between).to.include.keys('admin', 'server');
      if (words[0] === 'new') {
        const [address] = expectLines(await ab(...words), /^0x/);
        const { shop, ...others } = await book();
        expect(others).to.deep.equal(begun);
        expect(shop.address).to.equal(address);
        expect(`0x${await readFile(etc('shop.key'), 'utf8')}`.trim()).to.satisfy(
          (key: `0x${string}`) => privateKeyToAddress(key) === shop.address,
        );
        expect((await readdir(etc())).filter((name) => name.endsWith('.pending'))).to.deep.equal([]);
      } else {
        await ab(...words);
        expect(await book()).to.deep.equal({ ...begun, friend: { address: stranger } });
      }
    });
});
