import { join } from 'node:path';
import {
  type ChainEngine,
  type ChainEngineCapabilities,
  createHostConfig,
  type HostConfig,
  resolvePaths,
  systemClock,
} from '@blockhost/kernel';
import {
  ADDRESSBOOK_JSON,
  BLOCKHOST_YAML,
  DEPLOYER_KEY,
  REVENUE_SHARE_JSON,
} from '@blockhost/kernel/host-files';
import { openDatabase } from '@blockhost/kernel/store';
import { RecordingLogger } from '@blockhost/kernel/testing';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { encodeFunctionData, parseAbi, parseEther, toHex } from 'viem';
import { rpc } from './evm-host.js';
import { FaultyNode } from './faulty-node.js';
import { openMarket, type TestMarket } from './market.js';
import { found, type ReadyHost, readyHost } from './ready-host.js';
import { sendRaw } from './send-raw.js';

const hosting = join(import.meta.dirname, '../../../plugins/hosting/dist');
type Engine = ChainEngine & Partial<ChainEngineCapabilities>;
type Kind = 'fund-cycle' | 'gas-check';
const { runFunds } = (await import(join(hosting, 'funds/run-funds.js'))) as {
  runFunds(kind: Kind, host: unknown, signal: AbortSignal): Promise<readonly unknown[]>;
};
const { default: migrations } = (await import(join(hosting, 'migrations.js'))) as { default: object };

const abi = parseAbi([
  'function mint(address to, uint256 amount)',
  'function addPaymentMethod(address token, address pair, address stablecoin) returns (uint256)',
]);
const DOLLAR = 1_000_000n;
const COIN = 10n ** 18n;

describe('the money of a host on an EVM chain', function () {
  this.timeout(60_000);
  let host: ReadyHost;
  let market: TestMarket;
  let engine: Engine;
  let config: HostConfig;
  let database: Knex;
  const log = new RecordingLogger();
  const address = (role: 'admin' | 'dev') =>
    engine.keys.parse(role === 'admin' ? '2'.repeat(64) : '3'.repeat(64)).address;
  const stable = () => String(host.devnet.answers.stablecoin);

  before(async () => {
    host = await readyHost();
    market = await openMarket(host.devnet);
    engine = await host.engineVia([host.devnet.rpcUrl], { uniswap_v2: market.section });
    const paths = resolvePaths({ BLOCKHOST_ROOT: host.root });
    config = createHostConfig({ paths });
    database = await openDatabase({ paths, migrations: [{ plugin: 'hosting', ...migrations } as never] });
    await config.write(BLOCKHOST_YAML, {});
    await config.write(DEPLOYER_KEY, String(host.devnet.answers.deployer_key));
    await config.write(ADDRESSBOOK_JSON, {
      server: { address: host.owner.address, keyfile: '/etc/blockhost/deployer.key' },
      admin: { address: address('admin') },
      dev: { address: address('dev') },
    });
    await config.write(REVENUE_SHARE_JSON, {
      enabled: true,
      total_percent: 10,
      recipients: [{ role: 'dev', percent: 10 }],
    });
  });
  after(async () => {
    await database.destroy();
    await host.stop();
  });

  const run = (kind: Kind, chain: Engine = engine) =>
    runFunds(
      kind,
      {
        database,
        chain,
        rootAgent: null,
        config,
        clock: systemClock,
        paths: resolvePaths({ BLOCKHOST_ROOT: host.root }),
        log,
      },
      new AbortController().signal,
    );
  const pay = (amount: bigint) =>
    sendRaw(host.devnet.rpcUrl, {
      key: String(host.devnet.answers.deployer_key),
      to: stable(),
      data: encodeFunctionData({
        abi,
        functionName: 'mint',
        args: [engine.chain.contracts?.subscriptions as `0x${string}`, amount],
      }),
    });
  const held = async (token: string, of: string) => found(await engine.funds.tokenBalance(token, of));
  const purse = (of: string, amount: bigint) =>
    rpc(host.devnet.rpcUrl, 'anvil_setBalance', [of, toHex(amount)]);

  it('makes a hot wallet, collects every token, keeps its buffer, and pays share and remainder exactly', async () => {
    const contract = engine.chain.contracts?.subscriptions ?? '';
    const { token, pair, give } = await market.newToken({ tokens: 1_000n, stable: 20_000n });
    await sendRaw(host.devnet.rpcUrl, {
      key: String(host.devnet.answers.deployer_key),
      to: contract,
      data: encodeFunctionData({
        abi,
        functionName: 'addPaymentMethod',
        args: [token, pair, market.section.usdc].map(String) as [`0x${string}`, `0x${string}`, `0x${string}`],
      }),
    });
    await give(contract as `0x${string}`, 10n * COIN + 7n);
    await pay(1_050n * DOLLAR + 3n);
    const buffered = await held(stable(), host.owner.address);

    await run('fund-cycle');

    const { hot } = await config.read(ADDRESSBOOK_JSON);
    const missing = buffered >= 50n * DOLLAR ? 0n : 50n * DOLLAR - buffered;
    const revenue = 1_050n * DOLLAR + 3n - missing;
    expect(await held(stable(), contract)).to.equal(0n);
    expect(await held(stable(), host.owner.address)).to.equal(buffered + missing);
    expect(await held(stable(), address('dev'))).to.equal(revenue / 10n);
    expect(await held(stable(), address('admin'))).to.equal(revenue - revenue / 10n);
    expect(await held(token, address('dev'))).to.equal(COIN);
    expect(await held(token, address('admin'))).to.equal(9n * COIN + 7n);
    const coins = found(await engine.funds.nativeBalance((hot as { address: string }).address));
    expect(coins > COIN / 200n && coins < COIN / 100n, 'its coin less what its transfers cost').to.equal(
      true,
    );
  });

  it('buys coin for $20 at the market when the server’s is worth less than $5, with an allowance of exactly that', async () => {
    await market.setReserves({ coins: parseEther('400'), stable: 1_000_000n * DOLLAR });
    await sendRaw(host.devnet.rpcUrl, {
      key: String(host.devnet.answers.deployer_key),
      to: stable(),
      data: encodeFunctionData({
        abi,
        functionName: 'mint',
        args: [host.owner.address as `0x${string}`, 20n * DOLLAR],
      }),
    });
    const { hot } = await config.read(ADDRESSBOOK_JSON);
    await purse((hot as { address: string }).address, COIN);
    const poor = COIN / 500n - COIN / 10_000n;
    await purse(host.owner.address, poor);
    const before = await held(stable(), host.owner.address);
    const quoted = found((await engine.swap?.quote(stable(), 20n * DOLLAR)) ?? { kind: 'absent' });

    await run('gas-check');

    expect(await held(stable(), host.owner.address)).to.equal(before - 20n * DOLLAR);
    const coins = found(await engine.funds.nativeBalance(host.owner.address));
    expect(coins > poor + quoted - COIN / 1_000n && coins < poor + quoted, `${coins}`).to.equal(true);
    const left = await engine.swap?.approval(stable(), 1n, host.owner.address);
    expect(left, 'nothing is allowed any more').to.have.property('kind', 'present');
  });

  it('pays once when the node dies with every answer to a broadcast', async () => {
    await purse(host.owner.address, 100n * COIN);
    await pay(100n * DOLLAR);
    const before = await held(stable(), address('admin'));
    const node = await FaultyNode.start(host.devnet.rpcUrl);
    try {
      const flaky = await host.engineVia([node.url]);
      let lost = 0;
      // The network takes every second transaction and the answer is lost.
      node.answer = async ({ method, params }) => {
        if (method !== 'eth_sendRawTransaction' || ++lost % 2 === 0) return undefined;
        await rpc(host.devnet.rpcUrl, method, params as readonly unknown[]);
        return { error: { code: -32_000, message: 'internal error' } };
      };
      for (let tries = 0; tries < 6; tries += 1)
        if (
          await run('fund-cycle', flaky).then(
            () => true,
            () => false,
          )
        )
          break;
      expect(lost, 'answers asked for').to.be.greaterThan(2);
      expect(await held(stable(), address('admin'))).to.equal(before + 90n * DOLLAR);
    } finally {
      await node.stop();
    }
  });

  for (const fault of ['refuse', 'half'] as const)
    it(`moves nothing through a node whose answers ${fault === 'half' ? 'break off' : 'do not come'}, and once afterwards`, async () => {
      await pay(100n * DOLLAR);
      const before = await held(stable(), address('admin'));
      const node = await FaultyNode.start(host.devnet.rpcUrl);
      try {
        const flaky = await host.engineVia([node.url]);
        node.fault = fault;
        const error = await run('fund-cycle', flaky).catch((thrown: unknown) => thrown);
        expect(error).to.have.property('code', 'funds.incomplete');
        expect(await held(stable(), address('admin'))).to.equal(before);
        node.fault = 'none';
        await run('fund-cycle', flaky);
        expect(await held(stable(), address('admin'))).to.equal(before + 90n * DOLLAR);
      } finally {
        await node.stop();
      }
    });
});
