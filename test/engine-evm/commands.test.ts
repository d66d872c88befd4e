import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { expectFailure } from './command-endings.js';
import { CommandHost, DEPLOY, MINT, stranger as owner } from './command-host.js';

describe('the commands of the EVM engine', function () {
  this.timeout(60_000);
  let host: CommandHost;
  before(async () => {
    host = await CommandHost.start();
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  for (const [named, program, ...words] of [
    ['nfft', DEPLOY, 'nfft'],
    ['pos', DEPLOY, 'nft', 'pos'],
    ['--private-key-file', DEPLOY, '--private-key-file=key'],
    ['--timeout', DEPLOY, '--timeout', '0'],
    ['owner-wallet', MINT, '--dry-run'],
    ['--owner-wallet', MINT, '--owner-wallet'],
    ['--owner-wallet', MINT, '--owner-wallet', '0x12'],
    ['--owner-wallet', MINT, '--owner-wallet', owner.replace('C5', 'c5')],
    ['--user-encrypted', MINT, '--owner-wallet', owner, '--user-encrypted', '0x123'],
    ['--user-encrypted', MINT, '--owner-wallet', owner, '--user-encrypted', 'data'],
    ['--private-key', MINT, '--owner-wallet', owner, '--private-key', '0x12'],
  ] as const)
    it(`refuse "${program} ${words.join(' ')}" as wrong use, naming ${named}`, async () => {
      expectFailure(await host.run(program, words), 2, named);
    });

  for (const [name, value] of [
    ['RPC_URL', 'localhost:8545'],
    ['NFT_CONTRACT', '0x12'],
  ] as const)
    it(`name ${name} when the environment holds something else in it`, async () => {
      expectFailure(await host.run(MINT, ['--owner-wallet', owner], { [name]: value }), 1, `${name} is not`);
    });

  for (const [what, spoil, message] of [
    ['there is no key', () => host.remove('deployer.key'), /There is no deployer\.key/],
    ['the key is none', () => host.write('deployer.key', 'f'.repeat(63)), /not a private key/],
    [
      'the addressbook has another address for the key',
      () =>
        host.write(
          'addressbook.json',
          JSON.stringify({ server: { address: owner, keyfile: '/etc/blockhost/deployer.key' } }),
        ),
      /addressbook has 0x7099/,
    ],
    ['no node is configured', () => host.write('web3-defaults.yaml', 'blockchain: {}\n'), /RPC_URL/],
    ['the node is on another chain', () => host.configure({ chain_id: 5 }), /serves chain 31337/],
    [
      'the wallet is empty',
      () => host.rpc('anvil_setBalance', host.wallet, '0x0'),
      /The wallet 0x.* has 0 ETH; .* may cost/,
    ],
    [
      'no node answers',
      async () => {
        host.node.fault = 'refuse';
        await host.configure({
          rpc_url: host.node.url.replace('://', '://user:pass@').concat('/v3/secret-of-the-url'),
        });
      },
      /cannot be reached/,
    ],
  ] as const)
    it(`end with 1 and an empty stdout when ${what}`, async () => {
      const contract = host.credentials;
      await spoil();
      for (const [program, ...words] of [[DEPLOY], [MINT, '--owner-wallet', owner]] as const) {
        const result = await host.run(program, words, { NFT_CONTRACT: contract });
        expectFailure(result, 1, message);
        expect(result.stderr).not.to.match(/user:pass|secret-of-the-url/);
      }
      expect(await host.sent('pending')).to.equal(0);
    });

  it('say which contract is missing when none is configured', async () => {
    await host.configure({ nft_contract: undefined });
    expectFailure(await host.run(MINT, ['--owner-wallet', owner]), 1, 'NFT_CONTRACT');
  });

  it('show the key nowhere: not to other processes, not in the log, not in a file', async () => {
    await host.rpc('evm_setAutomine', false);
    const loud = { BLOCKHOST_DEBUG: '1', BLOCKHOST_LOG_LEVEL: 'debug' };
    const deploying = host.run(DEPLOY, ['nft', '--timeout', '20'], loud);
    await host.untilSent(1);
    const seen: string[] = [];
    for (const pid of await readdir('/proc'))
      if (/^\d+$/.test(pid)) seen.push(await readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => ''));
    expect(seen.some((line) => line.includes(DEPLOY))).to.equal(true);
    await host.rpc('evm_mine');
    const { stdout, stderr, code } = await deploying;
    expect(code, stderr).to.equal(0);
    for (const text of [stdout, stderr, ...seen, ...(await host.files())]) {
      expect(text.toLowerCase()).not.to.include(host.keyText);
      expect(text).not.to.include(Buffer.from(host.keyText, 'hex').toString('base64'));
    }
  });
});
