import { join } from 'node:path';
import { settleFailpoints } from '@blockhost/kernel';
import { expect } from 'chai';
import { checkout } from '../demo/host.js';
import { expectPending } from '../engine-evm/command-endings.js';
import { expectLines, hash } from './endings.js';
import { stranger, ToolsHost } from './tools-host.js';

const { orderFailpoints } = (await import(
  join(checkout, 'plugins/hosting/dist/wallets/wallet-order.js')
)) as { orderFailpoints: readonly string[] };

const COIN = 10n ** 18n;
const STABLE = 10n ** 6n;
/** After this one it was told, and is over. */
const OVER = 'wallet-order.end:after';
const places = [...settleFailpoints, ...orderFailpoints].filter((place) => place !== OVER);

describe('bw that was killed while it moved money', function () {
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

  const killed = async (failpoint: string, ...words: readonly string[]) => {
    const result = await host.run('bw', words, { BLOCKHOST_FAILPOINT: failpoint });
    expect(result.signal, result.stderr).to.equal('SIGKILL');
    return result;
  };
  const orders = async () => {
    const { stdout, code, stderr } = await host.run('blockhost', ['funds', 'status', '--json']);
    expect(code, stderr).to.equal(0);
    return JSON.parse(stdout).orders as {
      what: string;
      state: string;
      transactions: { transaction: string; state: string }[];
    }[];
  };

  for (const place of places)
    it(`at ${place} pays once when it is given again`, async () => {
      await killed(place, 'send', '1', 'eth', 'hot', stranger);
      const [sent = ''] = expectLines(await host.bw('send', '1', 'eth', 'hot', stranger), hash);
      expect(await host.coins(stranger)).to.equal(COIN);
      expect(await host.nonce(host.hot.address)).to.equal(1);
      expect(await host.rpc('eth_getTransactionReceipt', sent)).to.include({ status: '0x1' });
    });

  it(`at ${OVER} has told the hash, in whatever form, and is over`, async () => {
    expect((await killed(OVER, 'send', '1', 'eth', 'hot', stranger)).stdout).to.match(/^0x[0-9a-f]{64}\n$/);
    const { stdout } = await killed(OVER, 'split', '3', 'stable', '1/2', 'hot', stranger, 'admin', '--json');
    expect(JSON.parse(stdout).transactions).to.have.lengthOf(2);
    expect((await orders()).map(({ state }) => state)).to.deep.equal(['done', 'done']);
  });

  for (const place of ['settle.save:before', 'settle.broadcast:before', 'wallet-order.note:before'])
    it(`at ${place} of the second part pays each part once when it is given again`, async () => {
      const words = ['split', '3', 'stable', '1/2', 'hot', stranger, 'admin'];
      const admin = (await host.book()).admin?.address ?? '';
      const before = await host.stable(admin);
      await killed(`${place}#2`, ...words);
      expectLines(await host.bw(...words), hash, hash);
      expect(await host.stable(stranger)).to.equal(STABLE);
      expect((await host.stable(admin)) - before).to.equal(2n * STABLE);
      expect(await host.nonce(host.hot.address)).to.equal(2);
    });

  for (const place of ['settle.save:after', 'wallet-order.end:before'])
    it(`at ${place} withdraws once and swaps once`, async () => {
      await host.giveStable(host.contracts.subscriptions, 7n * STABLE);
      await killed(place, 'withdraw', stranger);
      expectLines(await host.bw('withdraw', stranger), hash);
      expect(await host.stable(stranger)).to.equal(7n * STABLE);
      await killed(`${place}${place.includes('end') ? '' : '#2'}`, 'swap', '20', 'stable', 'eth', 'hot');
      expectLines(await host.bw('swap', '20', 'stable', 'eth', 'hot'), hash);
      expect(await host.stable(host.hot.address)).to.equal(980n * STABLE);
      expect(await host.nonce(host.hot.address)).to.equal(2);
    });

  it('tells what it sent before, what became of it, and how to pay once more', async () => {
    await killed('settle.broadcast:before', 'send', '1', 'eth', 'hot', stranger);
    const [open] = await orders();
    expect(open).to.include({ state: 'open', what: `send 1 ETH from ${host.hot.address} to ${stranger}` });
    expect(open?.transactions.map(({ state }) => state)).to.deep.equal(['unseen']);
    const again = await host.bw('send', '1', 'eth', 'hot', stranger);
    expectLines(again, String(open?.transactions[0]?.transaction));
    expect(again.stderr).to.match(/The same was begun at .* nothing is sent twice\. Give --again/);
    const another = await host.bw('send', '1', 'eth', 'hot', stranger);
    const [next] = expectLines(another, hash);
    expect(another.stderr).to.not.include('The same was begun');
    expect(next).to.not.equal(open?.transactions[0]?.transaction);
    expect(await host.coins(stranger)).to.equal(2n * COIN);
  });

  it('pays once more when told so, beside what was left lying', async () => {
    await host.rpc('evm_setAutomine', false);
    const first = expectPending(await host.bw('send', '1', 'eth', 'hot', stranger, '--timeout', '1'));
    const second = expectPending(
      await host.bw('send', '1', 'eth', 'hot', stranger, '--timeout', '1', '--again'),
    );
    expect(second).to.not.equal(first);
    await host.rpc('evm_mine');
    expect(await host.coins(stranger)).to.equal(2n * COIN);
    expect((await orders()).map(({ state }) => state)).to.have.members(['given-up', 'open']);
    expectLines(await host.bw('send', '1', 'eth', 'hot', stranger), second);
    expect(await host.coins(stranger)).to.equal(2n * COIN);
  });

  it('is one payment when it is given twice at the same moment while nothing is mined', async () => {
    await host.rpc('evm_setAutomine', false);
    const words = ['send', '1', 'eth', 'hot', stranger];
    const first = host.bw(...words);
    await host.untilSent(host.hot.address, 0);
    const second = host.bw(...words);
    await host.rpc('evm_setIntervalMining', 1);
    const lines = [...expectLines(await first, hash), ...expectLines(await second, hash)];
    await host.rpc('evm_setIntervalMining', 0);
    expect(new Set(lines).size).to.equal(await host.nonce(host.hot.address));
    expect(await host.coins(stranger)).to.equal(BigInt(new Set(lines).size) * COIN);
  });

  it('is a payment of its own each time when nobody waits for it', async () => {
    const words = ['send', '1', 'eth', 'hot', stranger, '--no-wait'];
    const [first] = expectLines(await host.bw(...words), hash);
    const [second] = expectLines(await host.bw(...words), hash);
    expect(second).to.not.equal(first);
    expect(await host.coins(stranger)).to.equal(2n * COIN);
    expect((await orders()).map(({ state }) => state)).to.deep.equal(['handed-in', 'handed-in']);
  });

  it('sends nothing in a dry run of split, withdraw and swap, and says what would be', async () => {
    await host.giveStable(host.contracts.subscriptions, 7n * STABLE);
    expectLines(
      await host.bw('split', '3', 'stable', '1/2', 'hot', stranger, 'admin', '--dry-run'),
      /^1 TUSD would go from .*; the fee is 0\.\d+ ETH at most$/,
      /^2 TUSD would go from .*; the fee is 0\.\d+ ETH at most$/,
    );
    expectLines(
      await host.bw('withdraw', 'hot', '--dry-run'),
      /^7 of 0x\S+ would go .*; the fee is 0\.\d+ ETH/,
    );
    expectLines(
      await host.bw('swap', '20', 'stable', 'eth', 'hot', '--dry-run'),
      /^20 TUSD would become 0\.007\d+ ETH or more; the market would be allowed/,
    );
    const { stdout } = await host.bw('swap', '20', 'stable', 'eth', 'hot', '--dry-run', '--json');
    expect(JSON.parse(stdout)).to.include({ status: 'simulated', amount: String(20n * STABLE) });
    expect(await host.nonce(host.hot.address, 'pending')).to.equal(0);
    expect(await host.stable(host.contracts.subscriptions)).to.equal(7n * STABLE);
    expect(await orders()).to.deep.equal([]);
  });
});
