import { readdir, readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { expectFailure } from '../engine-evm/command-endings.js';
import { stranger, ToolsHost } from './tools-host.js';

/** Commands of a group run at once: they change nothing. */
const AT_ONCE = 6;

describe('bw refuses', function () {
  this.timeout(60_000);
  let host: ToolsHost;
  before(async () => {
    host = await ToolsHost.start();
    await host.give(host.hot.address, 10n ** 18n);
    await host.giveStable(host.hot.address, 5_000_000n);
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  type Case = readonly [expected: RegExp | string, line: string];

  async function expectAll(code: number, cases: readonly Case[]): Promise<void> {
    for (let from = 0; from < cases.length; from += AT_ONCE)
      await Promise.all(
        cases.slice(from, from + AT_ONCE).map(async ([expected, line]) => {
          const words = line.split(' ').map((word) => (word === "''" ? '' : word));
          const result = await host.bw(...words);
          expectFailure(result, code, expected);
        }),
      );
    for (const { address } of [host.hot, host.server])
      expect(await host.nonce(address, 'pending')).to.equal(await host.nonce(address, 'latest'));
  }

  it('amounts that are none, as wrong use, naming them', () =>
    expectAll(2, [
      ['AMOUNT', 'send 1e3 eth hot server'],
      ['AMOUNT', 'send 0 eth hot server'],
      ['AMOUNT', 'send 1,5 eth hot server'],
      ['-1', 'send -1 eth hot server'],
      ['AMOUNT', 'send Infinity eth hot server'],
      ['AMOUNT', 'send 0.0000001 stable hot server'],
      ['AMOUNT', 'split 0x10 eth 1/1 hot server admin'],
      ['AMOUNT', 'split 0.000001 stable 1/1 hot server admin'],
      ['AMOUNT', 'swap .5 stable eth hot'],
      ['AMOUNT', 'swap 0.1234567 stable eth hot'],
    ]));

  it('words that can never be right, as wrong use, naming them', () =>
    expectAll(2, [
      ['foo', 'foo'],
      ['Did you mean "bw send"', 'sned 1 eth hot server'],
      ['TOKEN', 'send 1 0x12 hot server'],
      ['TOKEN', 'send 1 dollars hot server'],
      ['FROM', 'send 1 eth 0x12 server'],
      ['TO', `send 1 eth hot ${stranger.replace('C5', 'c5')}`],
      ['TO', 'send 1 eth hot Server'],
      ['required arg', 'send 1 eth hot'],
      ['extra', 'send 1 eth hot server extra'],
      ['--private-key', 'send 1 eth hot server --private-key 0x12'],
      ['--timeout', 'send 1 eth hot server --timeout 0'],
      ['RATIOS', 'split 1 eth 60/40 hot server'.concat(' admin hot')],
      ['RATIOS', 'split 1 eth 0/1 hot server admin'],
      ['two or more', 'split 1 eth 1 hot server'],
      ['no native coin', 'withdraw eth hot'],
      ['TOKEN', 'withdraw 0x12 hot'],
      ['TO', 'withdraw 0x12'],
      ['NATIVE', 'swap 1 stable usdc hot'],
      ['native coin itself', 'swap 1 eth eth hot'],
      ['ID', 'who somebody'],
      ['ID', 'who 01'],
      ['ADDRESS', 'config stable 0x12'],
      ['NAME', "plan create '' 5"],
      ['NAME', `plan create ${'é'.repeat(33)} 5`],
      ['control', 'plan create a\nb 5'],
      ['PRICE', 'plan create Basic 0'],
      ['PRICE', 'plan create Basic 1.5'],
      ['ID', 'set encrypt x 0x12'],
      ['DATA', 'set encrypt 0 0x123'],
      ['DATA', 'set encrypt 0 text'],
      ['--debug', `--cleanup ${stranger}`],
      ['cleanup', '--debug'],
      ['ROLE', 'balance 0x12'],
      ['TOKEN', 'balance hot 0x12'],
    ]));

  it('what the host cannot do, with 1', () =>
    expectAll(1, [
      ['no wallet "nobody"', 'send 1 eth nobody server'],
      ['no wallet "nobody"', 'send 1 eth hot nobody'],
      ['no key file for "admin"', 'send 1 eth admin server'],
      ['no key for', `send 1 eth ${stranger} server`],
      ['has 1 ETH', 'send 1 eth hot server'],
      ['has 5 TUSD', 'send 5.000001 stable hot server'],
      ['has 5 TUSD', 'split 6 stable 1/1 hot server admin'],
      ['has 5 TUSD', 'swap 6 stable eth hot'],
      ['There is no contract at', `send 1 ${stranger} hot server`],
      ['is not a token', `send 1 ${host.contracts.credentials} hot server`],
      ['is not a token', `swap 1 ${host.contracts.subscriptions} eth hot`],
      ['refuse', `send 0.1 eth hot ${host.contracts.credentials}`],
    ]));

  it('to swap what the market does not take', async () => {
    const { token, give } = await host.market.newToken({ tokens: 10n, stable: 10n });
    await give(host.hot.address, 10n ** 18n);
    await expectAll(1, [['No market for this token', `swap 1 ${token} eth hot`]]);
  });

  it('everything but "who" without an address book', async () => {
    const cases: Case[] = [
      ['address book is empty', 'balance hot'],
      ['address book is empty', 'send 1 eth hot server'],
      ['address book is empty', 'config stable'],
      ['address book is empty', 'plan create Basic 5'],
      ['address book is empty', `--debug --cleanup ${stranger}`],
    ];
    await host.write('addressbook.json', '{}');
    await expectAll(1, cases);
    await host.remove('addressbook.json');
    await expectAll(1, cases);
    await host.write('addressbook.json', '{');
    await expectAll(1, [['not valid JSON', 'balance hot']]);
  });

  it('to use a wrong entry of the address book, and uses the others', async () => {
    const wrong = { 'a-typo': { adress: stranger } };
    await host.write('addressbook.json', JSON.stringify({ ...(await host.book()), ...wrong }));
    const balance = await host.bw('balance', 'hot');
    expect(balance.code).to.equal(0);
    expect(balance.stderr).to.match(/"a-typo" lacks "address"/);
    await expectAll(1, [['no wallet "a-typo"', 'balance a-typo']]);
  });

  it('to sign with a key that is another wallet’s, is none or is not there', async () => {
    await host.write('hot.key', `${host.server.text}\n`);
    await expectAll(1, [['hot.key is the key of', 'send 0.1 eth hot server']]);
    await host.write('hot.key', 'f'.repeat(63));
    const result = await host.bw('send', '0.1', 'eth', 'hot', 'server');
    expectFailure(result, 1, 'not a private key');
    expect(result.stderr).not.to.include('fff');
    await host.remove('hot.key');
    await expectAll(1, [['There is no hot.key', 'send 0.1 eth hot server']]);
  });

  it('to go on without a node, and never shows what stands in its URL', async () => {
    host.node.fault = 'refuse';
    const secret = host.node.url.replace('://', '://user:pass@').concat('/v3/secret-of-the-url?key=k');
    await host.configure({ rpc_url: secret });
    const lines = [
      'balance hot',
      'send 0.1 eth hot server',
      'split 0.1 eth 1/1 hot server admin',
      'withdraw hot',
      'swap 1 stable eth hot',
      'who 0',
      'config stable',
      'plan create Basic 5',
      'set encrypt 0 0x12',
      `--debug --cleanup ${stranger}`,
    ];
    await Promise.all(
      lines.map(async (line) => {
        const result = await host.bw(...line.split(' '));
        expectFailure(result, 1, 'cannot be (read|reached)|Not every wallet');
        expect(result.stderr).not.to.match(/user:pass|secret-of-the-url|does not exist|no credential/);
      }),
    );
  });

  it('to work on another chain than the configured one, or on none', async () => {
    await host.configure({ chain_id: 5 });
    await expectAll(1, [['serves chain 31337', 'balance hot']]);
    await host.remove('web3-defaults.yaml');
    await expectAll(1, [['There is no web3-defaults.yaml', 'balance hot']]);
  });

  it('to empty wallets where coin is worth money', async () => {
    await host.configure({ chain_id: 1 });
    await expectAll(1, [['worth money', `--debug --cleanup ${stranger}`]]);
  });

  it('to show a key: to other processes, in files, or in what it prints', async () => {
    await host.rpc('evm_setAutomine', false);
    const sending = host.run('bw', ['send', '0.1', 'eth', 'hot', 'server'], {
      BLOCKHOST_DEBUG: '1',
      BLOCKHOST_LOG_LEVEL: 'debug',
    });
    await host.untilSent(host.hot.address, 0);
    const seen: string[] = [];
    for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name)))
      for (const name of ['cmdline', 'environ'])
        seen.push(await readFile(`/proc/${pid}/${name}`, 'latin1').catch(() => ''));
    expect(seen.some((text) => text.includes('main.js\0bw\0send'))).to.equal(true);
    await host.rpc('evm_mine');
    const { stdout, stderr, code } = await sending;
    expect(code, stderr).to.equal(0);
    for (const text of [stdout, stderr, ...seen, ...(await host.files())]) {
      expect(text.toLowerCase()).not.to.include(host.hot.text);
      expect(text).not.to.include(Buffer.from(host.hot.text, 'hex').toString('base64'));
    }
  });

  it('nothing to who only asks for help', async () => {
    for (const words of [
      [],
      ['--help'],
      ['send'],
      ['send', '-h'],
      ['plan'],
      ['config', 'stable', '--help'],
    ]) {
      const { code, stdout, stderr } = await host.bw(...words);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
      expect(stdout).to.include('USAGE').and.to.match(/\$ bw/);
    }
  });
});
