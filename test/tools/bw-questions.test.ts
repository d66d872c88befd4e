import { expect } from 'chai';
import { privateKeyToAccount } from 'viem/accounts';
import { parse, stringify } from 'yaml';
import { expectFailure } from '../engine-evm/command-endings.js';
import { publicSecret } from '../engine-evm/ready-host.js';
import { expectLines, hash } from './endings.js';
import { stranger, ToolsHost } from './tools-host.js';

describe('bw and is answer', function () {
  this.timeout(60_000);
  let host: ToolsHost;
  let admin: string;
  before(async () => {
    host = await ToolsHost.start();
    admin = (await host.book()).admin?.address ?? '';
    await host.give(host.hot.address, 5n * 10n ** 17n);
    await host.giveStable(host.hot.address, 1_234_567n);
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  const sign = (message: string) => privateKeyToAccount(`0x${host.hot.text}`).signMessage({ message });
  const is = (...words: readonly string[]) => host.run('is', words);

  describe('bw balance', () => {
    it('shows native coin, then every token to pay with', async () => {
      expectLines(
        await host.bw('balance', 'hot'),
        `hot ${host.hot.address}`,
        'ETH          0.5',
        'TUSD         1.234567 (~$1.23)',
      );
    });

    it('shows the same of an address as JSON', async () => {
      const { stdout } = await host.bw('balance', host.hot.address.toLowerCase(), '--json');
      expect(JSON.parse(stdout)).to.deep.equal({
        address: host.hot.address,
        native: { symbol: 'ETH', amount: '0.5', base: '500000000000000000' },
        tokens: [
          {
            address: host.stablecoin,
            symbol: 'TUSD',
            decimals: 6,
            amount: '1.234567',
            base: '1234567',
            usd_cents: 123,
          },
        ],
      });
    });

    it('counts the credentials of a wallet', async () => {
      const lines = [`admin ${admin}`, /^ETH {10}/, 'NFT          1'];
      expectLines(await host.bw('balance', 'admin', host.contracts.credentials), ...lines);
    });

    it('shows what a contract holds', async () => {
      await host.giveStable(host.contracts.subscriptions, 5n);
      expectLines(
        await host.bw('balance', host.contracts.subscriptions, 'stable'),
        `address ${host.contracts.subscriptions}`,
        'ETH          0',
        'TUSD         0.000005 (~$0.00)',
      );
    });

    it('shows native coin alone when asked for it', async () => {
      expectLines(await host.bw('balance', 'hot', 'native'), /^hot /, 'ETH          0.5');
    });
  });

  describe('bw who', () => {
    it('names the owner of a credential and of the administrator’s', async () => {
      await host.remove('addressbook.json');
      expectLines(await host.bw('who', '0'), admin);
      expectLines(await host.bw('who', 'admin'), admin);
    });

    it('takes no word from what is piped in', async () => {
      const piped = await host.run('bw', ['who', '0'], {}, { input: `${await sign('x')}\n` });
      expectLines(piped, admin);
    });

    it('tells a credential that is not there from a node that does not answer', async () => {
      expectFailure(await host.bw('who', '99'), 1, 'There is no credential 99');
      await host.useFaultyNode();
      host.node.fault = 'refuse';
      const result = await host.bw('who', '99');
      expectFailure(result, 1, 'cannot be read now');
      expect(result.stderr).not.to.match(/no credential/);
    });

    it('names who signed, in any order, without node or configuration', async () => {
      const message = 'sign me\nin two lines';
      const signature = await sign(message);
      for (const name of ['web3-defaults.yaml', 'blockhost.yaml', 'addressbook.json'])
        await host.remove(name);
      expectLines(await host.bw('who', message, signature), host.hot.address);
      expectLines(await host.bw('who', signature, message), host.hot.address);
    });

    for (const [what, words] of [
      ['a signature that is none', ['a message', '0x1234']],
      ['two messages', ['a message', 'another']],
      ['a signature of zeros', ['a message', `0x${'00'.repeat(65)}`]],
    ] as const)
      it(`ends with 1 for ${what}`, async () => {
        expectFailure(await host.bw('who', ...words), 1, 'signature of anybody');
      });
  });

  describe('bw config stable', () => {
    it('prints the stablecoin, and sends nothing to set the same', async () => {
      const before = await host.nonce(host.server.address, 'pending');
      expectLines(await host.bw('config', 'stable'), host.stablecoin);
      expectLines(await host.bw('config', 'stable', host.stablecoin.toLowerCase()), host.stablecoin);
      expect(await host.nonce(host.server.address, 'pending')).to.equal(before);
    });

    it('sets another one', async () => {
      const { token } = await host.market.newToken({ tokens: 1_000n, stable: 1_000n });
      expectLines(await host.bw('config', 'stable', token), token);
      expectLines(await host.bw('config', 'stable'), token);
    });

    it('refuses what is no token', async () => {
      expectFailure(await host.bw('config', 'stable', stranger), 1, 'There is no contract at');
      expectFailure(await host.bw('config', 'stable', host.contracts.credentials), 1, 'not a token');
    });
  });

  describe('bw plan create', () => {
    it('prints the id of the mined event', async () => {
      expectLines(await host.bw('plan', 'create', 'Grüße', '150'), '2');
      expectLines(await host.bw('plan', 'create', 'Grüße', '150'), '3');
    });

    it('makes one plan when asked twice at once for what is missing', async () => {
      const words = ['plan', 'create', 'Large', '900', '--if-missing'];
      for (const result of await Promise.all([host.bw(...words), host.bw(...words)]))
        expectLines(result, '2');
      expectLines(await host.bw('plan', 'create', 'Large', '901', '--if-missing'), '3');
    });

    for (const place of ['settle.save:after', 'settle.broadcast:after'])
      it(`makes one plan when it was killed at ${place} and is given again before a block comes`, async () => {
        const words = ['plan', 'create', 'Medium', '300', '--if-missing'];
        await host.rpc('evm_setAutomine', false);
        const killed = await host.run('bw', words, { BLOCKHOST_FAILPOINT: place });
        expect(killed).to.include({ signal: 'SIGKILL', stdout: '' });
        const [sent] = /0x[0-9a-f]{64}/.exec(killed.stderr) ?? [];

        const hasty = await host.bw(...words, '--timeout', '1');
        expect(hasty).to.include({ code: 3 });
        expect(hasty.stdout).to.include(sent);
        const again = [host.bw(...words), host.bw(...words)];
        await host.rpc('evm_mine');
        for (const result of await Promise.all(again)) expectLines(result, '2');
        expect(await host.nonce(host.server.address, 'pending')).to.equal(
          await host.nonce(host.server.address),
        );
        const engine = await host.host.engineVia([host.host.devnet.rpcUrl]);
        expect(await engine.plans.list())
          .to.have.property('value')
          .with.lengthOf(2);
      });

    it('begins anew when what it had sent can never be mined', async () => {
      const words = ['plan', 'create', 'Tiny', '30', '--if-missing'];
      await host.rpc('evm_setAutomine', false);
      await host.run('bw', words, { BLOCKHOST_FAILPOINT: 'settle.broadcast:before' });
      await host.rpc('evm_setAutomine', true);
      expectLines(await host.bw('send', '1', 'eth', 'server', stranger), hash);
      await host.rpc('anvil_mine', '0x10');
      expectFailure(await host.bw(...words), 1, 'took its place');
      expectLines(await host.bw(...words), '2');
    });
  });

  describe('bw set encrypt', () => {
    it('replaces the data of a credential', async () => {
      expectLines(await host.bw('set', 'encrypt', '0', '0xABCD'), hash);
      const engine = await host.host.engineVia([host.host.devnet.rpcUrl]);
      expect(await engine.credentials.get(0n)).to.have.nested.property('value.userData', '0xabcd');
    });

    it('knows that there is no such credential', async () => {
      expectFailure(await host.bw('set', 'encrypt', '99', '0x'), 1, 'There is no credential 99');
    });
  });

  describe('is', () => {
    const yes = { code: 0, stdout: '', stderr: '' };
    const no = { code: 1, stdout: '', stderr: '' };

    it('says who owns a credential, in any order and any case', async () => {
      await host.remove('addressbook.json');
      expect(await is(admin, '0')).to.include(yes);
      expect(await is('0', admin.toLowerCase())).to.include(yes);
      expect(await is(stranger, '0')).to.include(no);
      expect(await is(stranger, '99')).to.include(no);
      expect(await is(stranger, '9'.repeat(77))).to.include(no);
    });

    it('says where there is a contract', async () => {
      expect(await is('contract', host.contracts.credentials)).to.include(yes);
      expect(await is(stranger, 'contract')).to.include(no);
    });

    it('says who signed the public secret, without a node', async () => {
      await host.remove('web3-defaults.yaml');
      const signature = await sign(publicSecret);
      expect(await is(signature, host.hot.address)).to.include(yes);
      expect(await is(host.hot.address, signature)).to.include(yes);
      expect(await is(signature, stranger)).to.include(no);
      expect(await is(await sign('another text'), host.hot.address)).to.include(no);
    });

    for (const words of [[], ['0'], ['0', '1'], ['0x12', '0'], [stranger, stranger], ['0', stranger, '1']])
      it(`cannot tell "${words.join(' ')}"`, async () => {
        const result = await is(...words);
        expect(result).to.include({ code: 2, stdout: '' });
        expect(result.stderr).not.to.equal('');
      });

    it('cannot tell when the node is away or slow, another chain’s, or not configured', async () => {
      await host.useFaultyNode();
      for (const fault of ['refuse', 'half'] as const) {
        host.node.fault = fault;
        for (const words of [
          [admin, '0'],
          ['contract', host.contracts.credentials],
        ])
          expectFailure(await is(...words), 2, 'cannot be read now');
      }
      host.node.fault = 'none';
      await host.configure({ chain_id: 5 });
      expectFailure(await is(admin, '0'), 2, 'chain');
      await host.remove('web3-defaults.yaml');
      expectFailure(await is(admin, '0'), 2, 'web3-defaults');
      await host.remove('blockhost.yaml');
      expectFailure(await is(await sign(publicSecret), admin), 2, 'blockhost.yaml');
    });
  });

  it('take node and contracts from the environment first, and then from blockhost.yaml', async () => {
    const { blockchain } = parse(await host.read('web3-defaults.yaml'));
    const own = parse(await host.read('blockhost.yaml'));
    await host.remove('web3-defaults.yaml');
    const env = {
      RPC_URL: blockchain.rpc_url,
      NFT_CONTRACT: blockchain.nft_contract,
      BLOCKHOST_CONTRACT: blockchain.subscription_contract,
    };
    expectLines(await host.run('bw', ['who', '0'], env), admin);
    expectLines(await host.run('bw', ['config', 'stable'], env), host.stablecoin);
    expectFailure(await host.run('bw', ['who', '0'], { ...env, NFT_CONTRACT: '0x12' }), 1, 'NFT_CONTRACT');
    await host.write('blockhost.yaml', stringify({ ...own, blockchain }));
    expectLines(await host.bw('who', '0'), admin);
  });
});
