import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createHostConfig, type HostConfig, hasCode, type Paths, resolvePaths } from '@blockhost/kernel';
import { walletKey } from '@blockhost/kernel/host-files';
import { FakeChain } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import { AddressBook } from './address-book.js';
import { changeAddressBook } from './change-address-book.js';
import { newWallet } from './generate-wallet.js';
import { deployerKey, keyOf } from './wallet-key.js';
import { withWallet } from './with-wallet.js';

const chain = new FakeChain();
const wallet = (number: number) => {
  const text = number.toString(16).padStart(64, '0');
  return { text, address: chain.keys.parse(text).address };
};
const [server, hot, stranger] = [wallet(1), wallet(2), wallet(3)];

async function codeOf(act: Promise<unknown>): Promise<string> {
  return act.then(
    () => 'nothing was thrown',
    (error) => String(error.code),
  );
}

describe('the address book', () => {
  let paths: Paths;
  let config: HostConfig;
  beforeEach(async () => {
    paths = resolvePaths({ BLOCKHOST_ROOT: await mkdtemp(path.join(tmpdir(), 'blockhost-wallets-')) });
    await mkdir(paths.config, { recursive: true });
    config = createHostConfig({ paths });
  });
  afterEach(() => rm(paths.root, { recursive: true }));

  const host = () => ({ config, paths, chain, rootAgent: null });
  const file = () => path.join(paths.config, 'addressbook.json');
  const book = async () => JSON.parse(await readFile(file(), 'utf8'));
  const write = (content: object) => writeFile(file(), JSON.stringify(content));
  const read = () => AddressBook.read(host());

  const sound = {
    server: { address: server.address, keyfile: '/etc/blockhost/deployer.key' },
    hot: { address: hot.address, keyfile: '/etc/blockhost/hot.key' },
    admin: { address: stranger.address },
  };
  const broken = {
    typo: { adress: hot.address },
    elsewhere: { address: hot.address, keyfile: '/root/hot.key' },
    foreign: { address: 'nobody' },
  };

  it('is empty when the file is missing', async () => {
    expect((await read()).wallets).to.deep.equal([]);
  });

  it('reports a wrong entry, does not use it, and keeps it when it is written', async () => {
    await write({ ...sound, ...broken });
    const { wallets, problems } = await read();
    expect(wallets.map(({ role }) => role)).to.have.members(['server', 'hot', 'admin']);
    expect(problems).to.have.lengthOf(3);
    for (const role of Object.keys(broken)) expect(problems.join('\n')).to.include(`"${role}"`);
    await changeAddressBook(host(), (present) => ({ ...present, friend: { address: stranger.address } }));
    expect(await book()).to.deep.equal({ ...sound, ...broken, friend: { address: stranger.address } });
    expect((await stat(file())).mode & 0o777).to.equal(0o640);
  });

  it('finds an address by role or as it is', async () => {
    await write(sound);
    const found = await read();
    expect(found.address('hot')).to.equal(hot.address);
    expect(found.address(hot.address.toUpperCase())).to.equal(hot.address);
    expect(() => found.address('nobody')).to.throw('no wallet "nobody"');
    expect(() => found.address('constructor')).to.throw('no wallet');
    expect(() => found.address('0x12')).to.throw('is not an address');
  });

  it('takes a wallet to sign with by role, or by the address of the only entry with a key', async () => {
    await write({ ...sound, again: sound.hot });
    const found = await read();
    expect(found.signer('server').role).to.equal('server');
    expect(found.signer(server.address).role).to.equal('server');
    expect(() => found.signer('admin')).to.throw('no key file for "admin"');
    expect(() => found.signer(stranger.address)).to.throw('no key for');
    expect(() => found.signer(hot.address))
      .to.throw('Several entries')
      .with.property('code', 'wallet.ambiguous');
  });

  it('reads a key from the configuration folder, wherever that is', async () => {
    await write(sound);
    await config.write(walletKey('hot'), hot.text);
    expect((await keyOf(host(), (await read()).signer('hot'))).address).to.equal(hot.address);
    expect(await codeOf(keyOf(host(), (await read()).signer('server')))).to.equal('config.missing');
  });

  it('refuses to sign with a key that derives another address', async () => {
    await write(sound);
    await config.write(walletKey('hot'), stranger.text);
    await config.write(walletKey('deployer'), stranger.text);
    expect(await codeOf(keyOf(host(), (await read()).signer('hot')))).to.equal('wallet.wrong-key');
    expect(await codeOf(deployerKey(host()))).to.equal('wallet.wrong-key');
  });

  it('gives a new wallet a key of its own, mode 0640, and an entry', async () => {
    await write(sound);
    const address = await newWallet(host(), 'shop');
    expect(await book()).to.deep.equal({ ...sound, shop: { address, keyfile: '/etc/blockhost/shop.key' } });
    expect((await stat(path.join(paths.config, 'shop.key'))).mode & 0o777).to.equal(0o640);
    expect((await keyOf(host(), (await read()).signer('shop'))).address).to.equal(address);
  });

  it('never replaces a key or an entry', async () => {
    await write(sound);
    await config.write(walletKey('shop'), stranger.text);
    for (const name of ['shop', 'admin'])
      expect(await codeOf(newWallet(host(), name))).to.equal('wallet.name-taken');
    expect(await config.read(walletKey('shop'))).to.equal(stranger.text);
    expect(await book()).to.deep.equal(sound);
  });

  it('loses no change of twenty at once', async () => {
    const names = Array.from({ length: 20 }, (_, number) => `friend-${number}`);
    await Promise.all(
      names.map((name) =>
        changeAddressBook(host(), (present) => ({ ...present, [name]: { address: stranger.address } })),
      ),
    );
    expect(Object.keys(await book())).to.have.members(names);
  });

  describe('a wallet in use', () => {
    it('keeps others waiting until it is free', async () => {
      const key = chain.keys.parse(hot.text);
      const order: string[] = [];
      await withWallet(host(), key, 'first', async () => {
        const second = withWallet(host(), key, 'second', async () => order.push('second'));
        await chain.blocks.head();
        order.push('first');
        return { second };
      }).then(({ second }) => second);
      expect(order).to.deep.equal(['first', 'second']);
    });

    it('is told to be busy when the time is over', async () => {
      const key = chain.keys.parse(hot.text);
      await withWallet(host(), key, 'first', async () => {
        const second = withWallet(host(), key, 'second', async () => 'sent', { timeoutMs: 1 });
        const error = await second.catch((thrown) => thrown);
        expect(hasCode(error, 'lock.busy')).to.equal(true);
        expect(error).to.include({ code: 'chain.wallet-busy', exitCode: 1 });
        expect(error.sentence).to.match(/^wallet busy/);
      });
    });
  });

  it('tells why the file cannot be read, instead of taking it for empty', async () => {
    await writeFile(file(), '{');
    expect(await codeOf(read())).to.equal('config.invalid');
    await writeFile(file(), '[]');
    expect(await codeOf(read())).to.equal('config.invalid');
    expect(await codeOf(changeAddressBook(host(), (present) => present))).to.equal('config.invalid');
    expect(await readFile(file(), 'utf8')).to.equal('[]');
  });
});
