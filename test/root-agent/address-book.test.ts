import { chmod, chown, stat, symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'chai';
import { AgentHost, NOBODY } from './agent-host.js';
import { checkPrivileges } from './check-privileges.js';

const repository = join(import.meta.dirname, '../../..');
const A = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const B = '0x3C44CdDdB6a900fa2b585dd299e03d12FA4293BC';
const BOOK = {
  admin: { address: A },
  server: { address: B, keyfile: '/etc/blockhost/deployer.key' },
  wrong: { adress: A },
};

describe('ab as the service account', function () {
  this.timeout(60_000);
  let host: AgentHost;

  beforeEach(async () => {
    host = await AgentHost.create();
    const { paths } = host;
    const plugin = (path: string) => join(repository, 'plugins', path);
    await symlink(plugin('hosting/plugin.json'), join(paths.share, 'plugins.d/hosting.json'));
    await symlink(plugin('provisioner-sandbox/provisioner.json'), join(paths.share, 'provisioner.json'));
    await chmod(host.host.root, 0o755);
    await chown(paths.config, 0, NOBODY);
    await chmod(paths.config, 0o750);
    await chown(paths.run, 0, NOBODY);
    await chmod(paths.run, 0o1770);
    await host.put('/etc/blockhost/addressbook.json', BOOK);
    await chown(paths.resolve('/etc/blockhost/addressbook.json'), 0, NOBODY);
  });
  afterEach(() => checkPrivileges(host).finally(() => host.remove()));

  const account = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups'];
  const abWith = (environment: readonly string[], words: readonly string[]) =>
    host.run(
      'setpriv',
      ...account,
      'env',
      `BLOCKHOST_ROOT=${host.host.root}`,
      ...environment,
      join(repository, 'bin/ab'),
      ...words,
    );
  const ab = (...words: string[]) => abWith([], words);
  const killedAt = (failpoint: string, ...words: string[]) =>
    abWith([`BLOCKHOST_FAILPOINT=${failpoint}`], words);
  const failure = (
    act: Promise<string>,
  ): Promise<{ code: number; signal: string; stdout: string; stderr: string }> =>
    act.then(
      () => expect.fail('it succeeded'),
      (error) => error,
    );
  const book = () => host.json('/etc/blockhost/addressbook.json');

  it('changes the book through the root agent, and keeps what is wrong in it', async () => {
    await host.start();
    expect(await ab('add', 'friend', A)).to.equal(`friend ${A}\n`);
    expect(await book()).to.deep.equal({ ...BOOK, friend: { address: A } });
    await ab('up', 'friend', B);
    expect(await book()).to.deep.equal({ ...BOOK, friend: { address: B } });
    await ab('del', 'friend');
    expect(await book()).to.deep.equal(BOOK);
  });

  it('makes a wallet whose key the account may read and not write', async () => {
    await host.start();
    const address = (await ab('new', 'shop')).trim();
    expect(await book()).to.deep.equal({ ...BOOK, shop: { address, keyfile: '/etc/blockhost/shop.key' } });
    const { uid, gid, mode } = await stat(host.paths.resolve('/etc/blockhost/shop.key'));
    expect({ uid, gid, mode: mode & 0o777 }).to.deep.equal({ uid: 0, gid: NOBODY, mode: 0o640 });
    expect(await failure(ab('new', 'shop'))).to.include({ code: 1, stdout: '' });
  });

  for (const failpoint of ['address-book.save:before', 'address-book.save:after'])
    it(`names an address once when it is killed at ${failpoint} and given again`, async () => {
      await host.start();
      expect(await failure(killedAt(failpoint, 'add', 'friend', A))).to.include({ signal: 'SIGKILL' });
      await ab('add', 'friend', A).catch(() => {});
      expect(await book()).to.deep.equal({ ...BOOK, friend: { address: A } });
    });

  for (const failpoint of ['wallet.generate:before', 'wallet.generate:after'])
    it(`makes one wallet when it is killed at ${failpoint} and given again`, async () => {
      await host.start();
      expect(await failure(killedAt(failpoint, 'new', 'shop'))).to.include({ signal: 'SIGKILL' });
      const again = await ab('new', 'shop').catch(({ code }: { code: number }) => code);
      // A name that is taken is refused: the key that was made stays the only one.
      if (failpoint.endsWith('after')) expect(again).to.equal(1);
      const { shop, ...others } = await book();
      expect(others).to.deep.equal(BOOK);
      expect(shop).to.include({ keyfile: '/etc/blockhost/shop.key' });
      const made = (await host.audit()).filter(
        ({ action, result }) => action === 'generate-wallet' && result === 'ok',
      );
      expect(made).to.have.lengthOf(1);
    });

  it('loses no change of six at once', async () => {
    await host.start();
    const names = ['a', 'b', 'c', 'd', 'e'];
    await Promise.all([...names.map((name) => ab('add', name, A)), ab('new', 'shop')]);
    expect(Object.keys(await book())).to.have.members([...Object.keys(BOOK), ...names, 'shop']);
  });

  it('takes turns with root', async () => {
    await host.start();
    const asRoot = (...words: string[]) =>
      host.run('env', `BLOCKHOST_ROOT=${host.host.root}`, join(repository, 'bin/ab'), ...words);
    await asRoot('add', 'a', A);
    await ab('add', 'b', A);
    await asRoot('add', 'c', A);
    expect(Object.keys(await book())).to.have.members([...Object.keys(BOOK), 'a', 'b', 'c']);
  });

  it('says that nobody listens, and prints nothing as if it were done', async () => {
    for (const words of [
      ['add', 'friend', A],
      ['new', 'shop'],
    ]) {
      const failed = await failure(ab(...words));
      expect(failed).to.include({ code: 1, stdout: '' });
      expect(failed.stderr).to.match(/root agent/);
    }
    expect(await book()).to.deep.equal(BOOK);
  });
});
