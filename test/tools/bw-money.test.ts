import { expect } from 'chai';
import { expectFailure, expectPending } from '../engine-evm/command-endings.js';
import { expectLines, hash } from './endings.js';
import { stranger, ToolsHost } from './tools-host.js';

const COIN = 10n ** 18n;
const STABLE = 10n ** 6n;

describe('bw moves money', function () {
  this.timeout(60_000);
  let host: ToolsHost;
  before(async () => {
    host = await ToolsHost.start();
    await host.give(host.hot.address, 10n * COIN);
    await host.giveStable(host.hot.address, 1_000n * STABLE);
    await host.rpc('anvil_setBalance', stranger, '0x0');
  });
  after(() => host.stop());
  beforeEach(() => host.begin());
  afterEach(() => host.end());

  it('sends native coin, exact to the last unit, and prints the hash alone', async () => {
    const result = await host.bw('send', '0.123456789012345678', 'eth', 'hot', stranger);
    const [sent = ''] = expectLines(result, hash);
    expect(result.stderr).to.match(new RegExp(`^pending: ${sent} `));
    expect(await host.coins(stranger)).to.equal(123_456_789_012_345_678n);
  });

  it('sends a token by each of its names', async () => {
    for (const [count, word] of ['stable', 'STABLECOIN', 'usdc', host.stablecoin].entries()) {
      expectLines(await host.bw('send', '2.5', word, host.hot.address, 'admin'), hash);
      const admin = (await host.book()).admin?.address ?? '';
      expect((await host.stable(admin)) % (10_000n * STABLE)).to.equal(2_500_000n * BigInt(count + 1));
    }
  });

  it('tells everything about a transfer as JSON', async () => {
    const { stdout } = await host.bw('send', '1', 'native', 'hot', stranger, '--json');
    const { transaction, ...sent } = JSON.parse(stdout);
    expect(transaction).to.match(hash);
    expect(sent).to.deep.equal({
      from: host.hot.address,
      to: stranger,
      token: null,
      amount: String(COIN),
    });
  });

  it('sends nothing when it is dry, and says what it would cost', async () => {
    expectLines(
      await host.bw('send', '1', 'stable', 'hot', stranger, '--dry-run'),
      /^1 TUSD would go .* the fee is 0\.\d+ ETH at most$/,
    );
    expect(await host.nonce(host.hot.address, 'pending')).to.equal(0);
  });

  it('returns once it is handed in, when told not to wait', async () => {
    await host.rpc('evm_setAutomine', false);
    expectLines(await host.bw('send', '1', 'eth', 'hot', stranger, '--no-wait'), hash);
    expect(await host.coins(stranger)).to.equal(0n);
    await host.rpc('evm_mine');
    expect(await host.coins(stranger)).to.equal(COIN);
  });

  it('lets two at once from one wallet both succeed, with a sequence of their own', async () => {
    const results = await Promise.all([
      host.bw('send', '1', 'eth', 'hot', stranger),
      host.bw('send', '1', 'stable', 'hot', stranger),
      host.bw('send', '2', 'eth', host.hot.address, stranger),
    ]);
    for (const result of results) expectLines(result, hash);
    expect(await host.coins(stranger)).to.equal(3n * COIN);
    expect(await host.nonce(host.hot.address)).to.equal(3);
  });

  it('waits for the engine’s own commands, which use the same wallet', async () => {
    const before = await host.nonce(host.server.address);
    const [mint, send] = await Promise.all([
      host.run('blockhost-mint-nft', ['--owner-wallet', stranger]),
      host.bw('send', '1', 'eth', 'server', stranger),
    ]);
    expect(mint.code, mint.stderr).to.equal(0);
    expectLines(send, hash);
    expect(await host.nonce(host.server.address)).to.equal(before + 2);
  });

  it('splits an amount to the last unit, one hash per recipient', async () => {
    const server = await host.stable(host.server.address);
    const words = ['10', 'stable', '1,1,1', 'hot', 'server', 'admin', stranger];
    expectLines(await host.bw('split', ...words), hash, hash, hash);
    expect((await host.stable(host.server.address)) - server).to.equal(3_333_333n);
    expect(await host.stable(stranger)).to.equal(3_333_334n);
    expectLines(await host.bw('split', '1', 'eth', '60/40', 'hot', 'server', stranger), hash, hash);
    expect(await host.coins(stranger)).to.equal((COIN * 40n) / 100n);
  });

  it('splits in the order of the words, also when a recipient stands there twice', async () => {
    const before = await host.stable(host.server.address);
    const words = ['6', 'stable', '1/2/3', 'hot', 'server', stranger, 'server'];
    expectLines(await host.bw('split', ...words), hash, hash, hash);
    expect(await host.stable(stranger)).to.equal(2n * STABLE);
    expect((await host.stable(host.server.address)) - before).to.equal(4n * STABLE);
  });

  it('withdraws each token that the contract has, and nothing when there is none', async () => {
    const empty = await host.bw('withdraw', 'hot');
    expectLines(empty);
    expect(empty.stderr).to.include('nothing to withdraw');
    const none = await host.bw('withdraw', 'hot', '--json');
    expect(JSON.parse(none.stdout)).to.deep.equal({ transactions: [] });
    await host.giveStable(host.contracts.subscriptions, 7n * STABLE);
    expectLines(await host.bw('withdraw', stranger), hash);
    await host.giveStable(host.contracts.subscriptions, 5n * STABLE);
    expectLines(await host.bw('withdraw', 'stable', stranger), hash);
    expect(await host.stable(stranger)).to.equal(12n * STABLE);
  });

  it('swaps a token for coin, and allows the market the exact amount only', async () => {
    const before = await host.coins(host.hot.address);
    const result = await host.bw('swap', '20', 'stable', 'native', 'hot');
    expectLines(result, hash);
    expect((await host.stable(host.hot.address)) - 980n * STABLE).to.equal(0n);
    // 20 dollars at 2,500 a coin are 0.008, less 0.3 % for the market and the fees.
    expect(Number((await host.coins(host.hot.address)) - before) / 1e18).to.be.within(0.0075, 0.008);
    const spender = /uniswap_v2:\s+router: "?(0x[0-9a-fA-F]{40})/.exec(await host.read('web3-defaults.yaml'));
    expect(await host.allowance(host.hot.address, String(spender?.[1]))).to.equal(0n);
    expect(await host.nonce(host.hot.address)).to.equal(2);
  });

  it('exchanges nothing for less than the slippage allows', async () => {
    await host.useFaultyNode();
    // The offer is doubled on its way: the market can never fulfil it.
    host.node.answer = async (request, ask) => {
      const answer = await ask(request);
      const isOffer = JSON.stringify(request).includes('0xd06ca61f');
      if (request.method !== 'eth_call' || !isOffer || !('result' in answer)) return answer;
      const text = String(answer.result);
      const last = BigInt(`0x${text.slice(-64)}`) * 2n;
      return { result: `${text.slice(0, -64)}${last.toString(16).padStart(64, '0')}` };
    };
    expectFailure(await host.bw('swap', '20', 'stable', 'eth', 'hot'), 1, 'INSUFFICIENT_OUTPUT_AMOUNT');
    expect(await host.stable(host.hot.address)).to.equal(1_000n * STABLE);
  });

  it('empties every wallet with a key but the target, when told so twice', async () => {
    expectFailure(await host.bw('--cleanup', stranger), 2, '--debug');
    const before = await host.coins(host.server.address);
    const [line = ''] = expectLines(
      await host.bw('--debug', '--cleanup', host.server.address),
      /^hot 9\.\d+ 0x[0-9a-f]{64}$/,
    );
    expect((await host.coins(host.server.address)) > before + 9n * COIN).to.equal(true);
    expect(await host.coins(host.hot.address)).to.satisfy((left: bigint) => left < COIN / 1_000n);
    expect(line).to.include('hot');
    const again = await host.bw('--debug', '--cleanup', host.server.address);
    expectLines(again);
    expect(again.stderr).to.include('hot has less than a transfer costs');
  });

  it('ends with 1 when a wallet cannot be emptied, and empties the others', async () => {
    await host.write('deployer.key', `${host.hot.text}\n`);
    const result = await host.bw('--debug', '--cleanup', stranger);
    expect(result.code).to.equal(1);
    expect(result.stdout).to.match(/^hot \S+ 0x[0-9a-f]{64}\n$/);
    expect(result.stderr).to.include('deployer.key is the key of');
  });

  it('is pending when it is not mined in time, and starts stderr so', async () => {
    await host.rpc('evm_setAutomine', false);
    const sent = expectPending(await host.bw('send', '1', 'eth', 'hot', stranger, '--timeout', '1'));
    await host.rpc('evm_mine');
    expect(await host.rpc('eth_getTransactionReceipt', sent)).to.include({ status: '0x1' });
  });

  it('is pending when it is interrupted while it waits', async () => {
    await host.rpc('evm_setAutomine', false);
    const stop = new AbortController();
    const sending = host.run('bw', ['send', '1', 'eth', 'hot', stranger], {}, { signal: stop.signal });
    await host.untilSent(host.hot.address, 0);
    stop.abort();
    expectPending(await sending);
  });

  it('is pending when the node is gone after the transaction was signed', async () => {
    await host.useFaultyNode();
    host.node.answer = async ({ method }) => {
      if (method === 'eth_sendRawTransaction') host.node.fault = 'refuse';
      return undefined;
    };
    expectPending(await host.bw('send', '1', 'eth', 'hot', stranger, '--timeout', '1'));
  });

  it('leaves the hash on stderr when it is killed before anybody has seen the transaction', async () => {
    const killed = await host.run('bw', ['send', '1', 'eth', 'hot', stranger], {
      BLOCKHOST_FAILPOINT: 'settle.broadcast:before',
    });
    expect(killed).to.include({ signal: 'SIGKILL', stdout: '' });
    expect(killed.stderr).to.match(/^pending: 0x[0-9a-f]{64} to send/);
    expect(await host.nonce(host.hot.address, 'pending')).to.equal(0);
    expectLines(await host.bw('send', '1', 'eth', 'hot', stranger), hash);
  });

  it('ends with 1 and no hash on stdout when the transaction fails on the chain', async () => {
    const code = await host.rpc<string>('eth_getCode', host.stablecoin, 'latest');
    await host.rpc('evm_setAutomine', false);
    const sending = host.bw('send', '1', 'stable', 'hot', stranger);
    await host.untilSent(host.hot.address, 0);
    await host.rpc('anvil_setCode', host.stablecoin, '0x60006000fd');
    await host.rpc('evm_mine');
    expectFailure(await sending, 1, 'failed on the chain');
    await host.rpc('anvil_setCode', host.stablecoin, code);
  });

  it('stops a split at the first failure, with the hashes of what was sent', async () => {
    await host.write(
      'addressbook.json',
      JSON.stringify({ ...(await host.book()), contract: { address: host.contracts.credentials } }),
    );
    // The contract of the credentials takes no coin.
    const words = ['1', 'eth', '1/1/1', 'hot', stranger, 'contract', 'server'];
    const result = await host.bw('split', ...words);
    expect(result.code, result.stderr).to.equal(1);
    expect(result.stdout).to.match(/^0x[0-9a-f]{64}\n$/);
    expect(await host.nonce(host.hot.address)).to.equal(1);
    const listed = await host.bw('split', ...words, '--json');
    expect(listed.code, listed.stderr).to.equal(1);
    const { transactions } = JSON.parse(listed.stdout);
    expect(transactions).to.have.length(1);
    expect(transactions[0]).to.include({ to: stranger, amount: (COIN / 3n).toString() });
  });
});
