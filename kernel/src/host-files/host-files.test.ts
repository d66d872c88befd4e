import { expect } from 'chai';
import { checkContent } from '../config/check-content.js';
import { ADDRESSBOOK_JSON, usableWallets } from './addressbook.js';
import * as files from './host-files.js';
import * as keys from './key-files.js';
import * as money from './money-files.js';

const accepts = (
  file: { name: string; format: 'yaml' | 'json' | 'text'; mode: number; schema?: object },
  content: unknown,
) =>
  checkContent(file, content, file.name).then(
    () => true,
    () => false,
  );

describe('the host’s files', () => {
  it('are private to root and the service, except what is public', () => {
    const all = [
      ...Object.values(files),
      ...Object.values(money),
      keys.SERVER_KEY,
      keys.SERVER_PUBKEY,
      keys.DEPLOYER_KEY,
      keys.ADMIN_SIGNATURE_KEY,
      ADDRESSBOOK_JSON,
    ];
    const open = all.filter(({ mode }) => mode !== 0o640);
    expect(open.map(({ name, mode }) => [name, mode])).to.have.deep.members([
      ['server.pubkey', 0o644],
      ['broker-allocation.json', 0o644],
    ]);
  });

  it('take the server key as 64 hex digits and its public half with or without 0x', async () => {
    expect(await accepts(keys.SERVER_KEY, 'ab'.repeat(32))).to.equal(true);
    expect(await accepts(keys.SERVER_KEY, `0x${'ab'.repeat(32)}`)).to.equal(false);
    expect(await accepts(keys.SERVER_KEY, `${'ab'.repeat(32)}\n`)).to.equal(false);
    expect(await accepts(keys.SERVER_PUBKEY, `0x04${'ab'.repeat(64)}`)).to.equal(true);
    expect(await accepts(keys.SERVER_PUBKEY, `04${'ab'.repeat(64)}`)).to.equal(true);
    expect(await accepts(keys.SERVER_PUBKEY, 'ab'.repeat(64))).to.equal(false);
  });

  it('take a wallet’s key file only directly below the configuration folder', async () => {
    const usable = async (keyfile: string) =>
      'hot' in (await usableWallets({ hot: { address: 'x', keyfile } })).wallets;
    expect(await usable('/etc/blockhost/hot.key')).to.equal(true);
    for (const bad of [
      '/etc/blockhost/../shadow.key',
      '/etc/blockhost/a/b.key',
      '/etc/shadow',
      'hot.key',
      '/etc/blockhost/.key\n',
    ])
      expect(await usable(bad), bad).to.equal(false);
  });

  it('take the good entries of an address book beside a bad one, and say what is wrong with it', async () => {
    const { wallets, problems } = await usableWallets({
      server: { address: 'a', note: 'kept' },
      'Not A Name': { address: 'b' },
      hot: { adress: 'c' },
      dev: null,
    });
    expect(wallets).to.deep.equal({ server: { address: 'a', note: 'kept' } });
    expect(problems).to.have.lengthOf(3);
    expect(problems.join('\n'))
      .to.match(/"Not A Name" is no name/)
      .and.match(/"hot" lacks "address"/);
  });

  it('take pool bounds as an octet or a full address', async () => {
    const pool = (start: unknown) =>
      accepts(files.DB_YAML, { ip_pool: { network: '10.0.0.0/24', start, end: 250, gateway: '10.0.0.1' } });
    expect(await pool(200)).to.equal(true);
    expect(await pool('10.0.0.200')).to.equal(true);
    expect(await pool(null)).to.equal(false);
  });

  it('take a provisioner’s own section and keys of a later version', async () => {
    expect(await accepts(files.BLOCKHOST_YAML, { server: { later: 1 }, cloud: { node: 'a' } })).to.equal(
      true,
    );
    expect(await accepts(files.BLOCKHOST_YAML, { admin: { credential_nft_id: '0' } })).to.equal(false);
  });
});
