import { readdir, readFile } from 'node:fs/promises';
import { type ExecResult, settleFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import { until } from '../demo/until.js';
import { CommandHost } from './command-host.js';
import { FaultyNode } from './faulty-node.js';

const DEPLOY = 'blockhost-deploy-contracts';
const MINT = 'blockhost-mint-nft';
const owner = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';
const address = /^0x[0-9a-fA-F]{40}$/;
const hash = /^0x[0-9a-f]{64}\n$/;
const selector = { owner: '0x8da5cb5b', totalSupply: '0x18160ddd' };

describe('the commands of the EVM engine', function () {
  this.timeout(60_000);
  let host: CommandHost;
  let node: FaultyNode;
  before(async () => {
    host = await CommandHost.start();
    node = await FaultyNode.start(host.rpcUrl);
  });
  after(async () => {
    await node.stop();
    await host.stop();
  });
  beforeEach(() => host.begin());
  afterEach(async () => {
    node.fault = 'none';
    node.answer = async () => undefined;
    await host.end();
  });

  const ownerOf = async (contract: string) =>
    `0x${(await host.rpc<string>('eth_call', { to: contract, data: selector.owner }, 'latest')).slice(26)}`;
  const supplyOf = async (contract: string) =>
    Number(await host.rpc<string>('eth_call', { to: contract, data: selector.totalSupply }, 'latest'));
  const lines = ({ stdout }: ExecResult) => stdout.trimEnd().split('\n');

  /** Runs two command lines that both see the chain before either sends from the wallet. */
  async function atOnce(seen: { method: string; times: number }, ...commands: [string, ...string[]][]) {
    await host.configure({ rpc_url: node.url });
    node.asked.length = 0;
    let running: Promise<ExecResult>[] = [];
    await host.holdingWallet(async () => {
      running = commands.map(([program, ...words]) => host.run(program, words));
      await until('both commands', 20_000, async () =>
        node.asked.filter((method) => method === seen.method).length >= seen.times ? true : null,
      );
    });
    const results = await Promise.all(running);
    for (const result of results) expect(result.code, result.stderr).to.equal(0);
    return results.map(({ stdout }) => stdout);
  }

  function expectFailure(result: ExecResult, code: number, text: RegExp | string): void {
    expect(result.code, result.stderr).to.equal(code);
    expect(result.stdout).to.equal('');
    expect(result.stderr).to.match(typeof text === 'string' ? new RegExp(text) : text);
  }

  function expectPending(result: ExecResult): string {
    expect(result.code, result.stderr).to.equal(3);
    expect(result.stdout).to.match(hash);
    expect(result.stderr).to.match(/^pending: /);
    return result.stdout.trim();
  }

  describe('deploy contracts', () => {
    it('prints the credential contract, then the subscription contract, both of the wallet', async () => {
      const result = await host.run(DEPLOY);
      expect(result).to.include({ code: 0, stderr: '' });
      const deployed = lines(result);
      expect(deployed).to.have.length(2);
      for (const contract of deployed) {
        expect(contract).to.match(address);
        expect(await ownerOf(contract)).to.equal(host.wallet.toLowerCase());
      }
      expect(await supplyOf(deployed[0] ?? '')).to.equal(0);
      expect(await host.sent()).to.equal(2);
    });

    it('foretells the addresses and sends nothing when it is dry', async () => {
      const foretold = await host.run(DEPLOY, ['--dry-run']);
      expect(foretold.code, foretold.stderr).to.equal(0);
      expect(await host.sent()).to.equal(0);
      expect((await host.run(DEPLOY)).stdout).to.equal(foretold.stdout);
    });

    it('tells all of it as one JSON document', async () => {
      const { stdout } = await host.run('blockhost', ['contracts', 'deploy', '--json']);
      const outcomes = JSON.parse(stdout);
      expect(outcomes.map((each: { contract: string }) => each.contract)).to.deep.equal(['nft', 'pos']);
      expect(outcomes[1]).to.include({ status: 'deployed' }).and.to.have.property('height').a('number');
    });

    it('deploys another one when it is asked again after it was done', async () => {
      const first = await host.run(DEPLOY, ['pos']);
      const second = await host.run(DEPLOY, ['pos']);
      expect([first.code, second.code]).to.deep.equal([0, 0]);
      expect(first.stdout).not.to.equal(second.stdout);
    });

    it('needs no file but the key when the environment names the node', async () => {
      await host.remove('web3-defaults.yaml');
      const result = await host.run(DEPLOY, ['nft'], { RPC_URL: host.rpcUrl });
      expect(result.code, result.stderr).to.equal(0);
    });

    it('takes from blockhost.yaml what web3-defaults.yaml does not say', async () => {
      await host.remove('web3-defaults.yaml');
      await host.write('blockhost.yaml', `blockchain:\n  rpc_url: ${host.rpcUrl}\n`);
      expect((await host.run(DEPLOY, ['nft'])).code).to.equal(0);
    });

    it('sends nothing when the wallet can pay for the first contract and not for both', async () => {
      await host.rpc('anvil_setBalance', host.wallet, '0x0');
      const { stderr } = await host.run(DEPLOY, ['nft']);
      const cost = /may cost ([\d.]+) ETH/.exec(stderr)?.[1];
      await host.rpc(
        'anvil_setBalance',
        host.wallet,
        `0x${BigInt(Math.ceil(Number(cost) * 1e18)).toString(16)}`,
      );
      const both = await host.run(DEPLOY);
      expectFailure(
        both,
        1,
        `The wallet ${host.wallet} has .* ETH; to deploy .* and deploy .* may cost .* ETH`,
      );
      expect(await host.sent()).to.equal(0);
    });

    it('yields the first contract when the second fails, and keeps it when it is asked again', async () => {
      let sends = 0;
      node.answer = async ({ method }) =>
        method === 'eth_sendRawTransaction' && ++sends > 1
          ? { error: { code: -32000, message: 'txpool is full' } }
          : undefined;
      await host.configure({ rpc_url: node.url });
      const failed = await host.run(DEPLOY);
      expect(failed.code).to.equal(1);
      expect(failed.stderr).to.include('txpool is full');
      const [first, ...others] = lines(failed);
      expect(others).to.deep.equal([]);
      node.answer = async () => undefined;
      const finished = await host.run(DEPLOY);
      expect(finished.code, finished.stderr).to.equal(0);
      expect(lines(finished)[0]).to.equal(first);
      expect(await host.sent()).to.equal(2);
    });

    it('ends with 3 and the hash when it is not confirmed in time, and goes on with that transaction', async () => {
      await host.rpc('evm_setAutomine', false);
      const pending = expectPending(await host.run(DEPLOY, ['nft', '--timeout', '1']));
      expect(expectPending(await host.run(DEPLOY, ['nft', '--timeout', '1']))).to.equal(pending);
      await host.rpc('evm_mine');
      const done = await host.run(DEPLOY, ['nft', '--json']);
      expect(done.code, done.stderr).to.equal(0);
      expect(JSON.parse(done.stdout)[0]).to.include({ transaction: pending });
      expect(await host.sent('pending')).to.equal(1);
    });

    it('ends with 3 when the node dies after it took the transaction', async () => {
      node.answer = async ({ method }) => {
        if (method === 'eth_getTransactionReceipt') node.fault = 'refuse';
        return undefined;
      };
      await host.configure({ rpc_url: node.url });
      expectPending(await host.run(DEPLOY, ['nft', '--timeout', '1']));
      node.answer = async () => undefined;
      node.fault = 'none';
      const done = await host.run(DEPLOY, ['nft']);
      expect(done.code, done.stderr).to.equal(0);
      expect(await host.sent()).to.equal(1);
    });

    for (const place of settleFailpoints)
      it(`ends with one contract after it was killed at ${place}`, async () => {
        const killed = await host.run(DEPLOY, ['nft'], { BLOCKHOST_FAILPOINT: place });
        expect(killed).to.include({ signal: 'SIGKILL', stdout: '' });
        const done = await host.run(DEPLOY, ['nft']);
        expect(done.code, done.stderr).to.equal(0);
        expect(await ownerOf(done.stdout.trim())).to.equal(host.wallet.toLowerCase());
        expect(await host.sent('pending')).to.equal(1);
      });

    it('deploys one pair when two are started at once', async () => {
      const [one, other] = await atOnce({ method: 'eth_estimateGas', times: 4 }, [DEPLOY], [DEPLOY]);
      expect(one).to.equal(other);
      expect(await host.sent()).to.equal(2);
    });

    for (const contract of ['pos', 'broker-registry', 'broker-requests'])
      it(`deploys ${contract} alone, owned by the wallet`, async () => {
        const { stdout } = await host.run(DEPLOY, [contract]);
        expect(await ownerOf(stdout.trim())).to.equal(host.wallet.toLowerCase());
        expect(await host.sent()).to.equal(1);
      });
  });

  describe('mint a credential', () => {
    it('prints the id of the mined event and nothing else', async () => {
      const contract = host.credentials;
      for (const id of ['0\n', '1\n'])
        expect(await host.run(MINT, ['--owner-wallet', owner, '--user-encrypted', '0xabcd'])).to.include({
          code: 0,
          stdout: id,
          stderr: '',
        });
      expect(await supplyOf(contract)).to.equal(2);
    });

    it('foretells the id and mints nothing when it is dry', async () => {
      const contract = host.credentials;
      expect(await host.run(MINT, ['--owner-wallet', owner, '--dry-run'])).to.include({
        code: 0,
        stdout: '0\n',
      });
      expect(await supplyOf(contract)).to.equal(0);
    });

    it('tells id, owner and transaction as JSON', async () => {
      const { stdout } = await host.run(MINT, ['--owner-wallet', owner.toLowerCase(), '--json']);
      expect(JSON.parse(stdout)).to.include({ token_id: '0', owner, status: 'minted' });
    });

    it('takes the contract from the environment first', async () => {
      const contract = host.credentials;
      await host.configure({ nft_contract: owner });
      expect(await host.run(MINT, ['--owner-wallet', owner], { NFT_CONTRACT: contract })).to.include({
        code: 0,
        stdout: '0\n',
      });
    });

    it('sends nothing to an address without a contract', async () => {
      await host.configure({ nft_contract: owner });
      expectFailure(await host.run(MINT, ['--owner-wallet', owner]), 1, 'There is no contract at');
      expect(await host.sent()).to.equal(0);
    });

    it('says plainly that a recipient cannot receive credentials', async () => {
      const contract = host.credentials;
      expectFailure(await host.run(MINT, ['--owner-wallet', contract]), 1, 'cannot receive credentials');
      expect(await host.sent()).to.equal(0);
    });

    it('ends with 1 when the mint fails on the chain, and mints anew when asked again', async () => {
      const contract = host.credentials;
      const code = await host.rpc<string>('eth_getCode', contract, 'latest');
      await host.rpc('evm_setAutomine', false);
      const minting = host.run(MINT, ['--owner-wallet', owner]);
      await host.untilSent(1);
      await host.rpc('anvil_setCode', contract, '0x60006000fd');
      await host.rpc('evm_mine');
      expectFailure(await minting, 1, 'failed on the chain');
      await host.rpc('anvil_setCode', contract, code);
      await host.rpc('evm_setAutomine', true);
      expect(await host.run(MINT, ['--owner-wallet', owner])).to.include({ code: 0, stdout: '0\n' });
    });

    it('names the transaction when it is interrupted while it waits', async () => {
      await host.rpc('evm_setAutomine', false);
      const stop = new AbortController();
      const minting = host.run(MINT, ['--owner-wallet', owner], {}, stop.signal);
      await host.untilSent(1);
      stop.abort();
      expectPending(await minting);
      await host.rpc('evm_mine');
      expect(await host.run(MINT, ['--owner-wallet', owner])).to.include({ code: 0, stdout: '0\n' });
      expect(await host.sent('pending')).to.equal(1);
    });

    for (const place of settleFailpoints)
      it(`mints once after it was killed at ${place}`, async () => {
        const contract = host.credentials;
        const words = ['--owner-wallet', owner, '--user-encrypted', '0x12'];
        const killed = await host.run(MINT, words, { BLOCKHOST_FAILPOINT: place });
        expect(killed).to.include({ signal: 'SIGKILL', stdout: '' });
        expect(await host.run(MINT, words)).to.include({ code: 0, stdout: '0\n' });
        expect(await supplyOf(contract)).to.equal(1);
        expect(await host.sent('pending')).to.equal(1);
      });

    it('mints once when two are started at once, and one for each of two owners', async () => {
      const seen = { method: 'eth_getCode', times: 2 };
      const one: [string, ...string[]] = [MINT, '--owner-wallet', owner];
      expect(await atOnce(seen, one, one)).to.deep.equal(['0\n', '0\n']);
      const both = await atOnce(seen, one, [MINT, '--owner-wallet', host.wallet]);
      expect(both.sort()).to.deep.equal(['1\n', '2\n']);
      expect(await supplyOf(host.credentials)).to.equal(3);
    });
  });

  for (const [program, ...words] of [
    [DEPLOY, 'nfft'],
    [DEPLOY, 'nft', 'pos'],
    [DEPLOY, '--private-key-file=key'],
    [DEPLOY, '--timeout', '0'],
    [MINT, '--dry-run'],
    [MINT, '--owner-wallet'],
    [MINT, '--owner-wallet', '0x12'],
    [MINT, '--owner-wallet', owner.replace('C5', 'c5')],
    [MINT, '--owner-wallet', owner, '--user-encrypted', '0x123'],
    [MINT, '--owner-wallet', owner, '--user-encrypted', 'data'],
    [MINT, '--owner-wallet', owner, '--private-key', '0x12'],
  ] as const)
    it(`refuse "${program} ${words.join(' ')}" as wrong use`, async () => {
      const argument = words.findLast((word) => word.startsWith('--')) ?? words.at(-1) ?? '';
      expectFailure(
        await host.run(program, words),
        2,
        argument === '--dry-run' ? 'owner-wallet' : argument.replace(/=.*/, ''),
      );
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
        node.fault = 'refuse';
        await host.configure({
          rpc_url: node.url.replace('://', '://user:pass@').concat('/v3/secret-of-the-url'),
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
