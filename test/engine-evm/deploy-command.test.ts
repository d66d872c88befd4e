import { type ExecResult, settleFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import { expectFailure, expectPending } from './command-endings.js';
import { CommandHost, DEPLOY } from './command-host.js';

const address = /^0x[0-9a-fA-F]{40}$/;
const lines = ({ stdout }: ExecResult) => stdout.trimEnd().split('\n');

describe('blockhost-deploy-contracts', function () {
  this.timeout(60_000);
  let host: CommandHost;
  before(async () => {
    host = await CommandHost.start();
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  it('prints the credential contract, then the subscription contract, both of the wallet', async () => {
    const result = await host.run(DEPLOY);
    expect(result).to.include({ code: 0, stderr: '' });
    const deployed = lines(result);
    expect(deployed).to.have.length(2);
    for (const contract of deployed) {
      expect(contract).to.match(address);
      expect(await host.ownerOf(contract)).to.equal(host.wallet.toLowerCase());
    }
    expect(await host.supplyOf(deployed[0] ?? '')).to.equal(0);
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
    host.node.answer = async ({ method }) =>
      method === 'eth_sendRawTransaction' && ++sends > 1
        ? { error: { code: -32000, message: 'txpool is full' } }
        : undefined;
    await host.configure({ rpc_url: host.node.url });
    const failed = await host.run(DEPLOY);
    expect(failed.code).to.equal(1);
    expect(failed.stderr).to.include('txpool is full');
    const [first, ...others] = lines(failed);
    expect(others).to.deep.equal([]);
    host.node.answer = async () => undefined;
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
    host.node.answer = async ({ method }) => {
      if (method === 'eth_getTransactionReceipt') host.node.fault = 'refuse';
      return undefined;
    };
    await host.configure({ rpc_url: host.node.url });
    expectPending(await host.run(DEPLOY, ['nft', '--timeout', '1']));
    host.node.answer = async () => undefined;
    host.node.fault = 'none';
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
      expect(await host.ownerOf(done.stdout.trim())).to.equal(host.wallet.toLowerCase());
      expect(await host.sent('pending')).to.equal(1);
    });

  it('sends nothing when the note of an earlier transaction cannot be read, and names its file', async () => {
    await host.writeState('evm-transactions', `31337-${host.wallet}-deploy-nft.json`, '{"transaction":');
    expectFailure(await host.run(DEPLOY, ['nft']), 1, 'cannot be read: .*-deploy-nft.json');
    expect(await host.sent('pending')).to.equal(0);
  });

  it('sends nothing when it cannot note what it sends', async () => {
    await host.writeState('evm-transactions/lock', 'file', 'in place of a lock file is a folder');
    expectFailure(await host.run(DEPLOY, ['nft']), 1, 'lock');
    expect(await host.sent('pending')).to.equal(0);
  });

  it('deploys one pair when two are started at once', async () => {
    const [one, other] = await host.atOnce({ method: 'eth_estimateGas', times: 4 }, [DEPLOY], [DEPLOY]);
    expect(one).to.equal(other);
    expect(await host.sent()).to.equal(2);
  });

  for (const contract of ['pos', 'broker-registry', 'broker-requests'])
    it(`deploys ${contract} alone, owned by the wallet`, async () => {
      const { stdout } = await host.run(DEPLOY, [contract]);
      expect(await host.ownerOf(stdout.trim())).to.equal(host.wallet.toLowerCase());
      expect(await host.sent()).to.equal(1);
    });
});
