import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CHAIN_ENGINE,
  type ChainEngine,
  type ChainEngineCapabilities,
  CONFIG,
  type HostConfig,
} from '@blockhost/kernel';
import {
  ADDRESSBOOK_JSON,
  BLOCKHOST_YAML,
  REVENUE_SHARE_JSON,
  WEB3_DEFAULTS_YAML,
} from '@blockhost/kernel/host-files';
import { DATABASE } from '@blockhost/kernel/store';
import { expect } from 'chai';
import type { Knex } from 'knex';
import { encodeFunctionData, parseAbi, toHex } from 'viem';
import { DemoHost } from '../demo/host.js';
import { type ReadyHost, setUp } from '../demo/main-job.js';
import { rpc } from '../engine-evm/evm-host.js';
import { openMarket } from '../engine-evm/market.js';
import { found } from '../engine-evm/ready-host.js';
import { sendRaw } from '../engine-evm/send-raw.js';
import { MoneyWatch } from './money-watch.js';
import { Onchain } from './onchain.js';

const mintAbi = parseAbi(['function mint(address to, uint256 amount)']);
export const DOLLAR = 1_000_000n;
export const COIN = 10n ** 18n;
export type Verb = 'run' | 'gas-check';

/** A host on a real chain and market whose `blockhost funds` is killed on purpose. */
export class FundsHost {
  readonly onchain: Onchain;
  readonly money = new MoneyWatch(this);

  private constructor(
    readonly ready: ReadyHost,
    readonly config: HostConfig,
    readonly database: Knex,
    readonly engine: ChainEngine & Partial<ChainEngineCapabilities>,
  ) {
    this.onchain = new Onchain(ready);
  }

  static async create(): Promise<FundsHost> {
    const folder = await mkdtemp(join(tmpdir(), 'blockhost-funds-'));
    const ready = await setUp(await DemoHost.create(folder), () => {});
    const { section } = await openMarket(ready.devnet);
    const config = await ready.kernel.get(CONFIG);
    await config.update(WEB3_DEFAULTS_YAML, (yaml) => ({
      ...yaml,
      blockchain: { ...yaml?.blockchain, uniswap_v2: section },
    }));
    await config.update(BLOCKHOST_YAML, (yaml) => ({
      ...yaml,
      fund_manager: { server_stablecoin_buffer_usd: 0 },
    }));
    const database = await ready.kernel.get(DATABASE);
    const engine = await ready.kernel.get(CHAIN_ENGINE);
    const host = new FundsHost(ready, config, database, engine);
    await host.shareWithDev(1_000);
    return host;
  }

  async shareWithDev(bps: number, totalBps = bps): Promise<void> {
    await this.config.write(REVENUE_SHARE_JSON, {
      enabled: true,
      total_bps: totalBps,
      recipients: [{ role: 'dev', bps }],
    });
  }

  /** Changes one entry of the address book; null removes it. */
  async enter(role: string, address: string | null): Promise<void> {
    await this.config.update(ADDRESSBOOK_JSON, (book) => {
      const { [role]: _, ...others } = book ?? {};
      return address === null ? others : { ...others, [role]: { address } };
    });
  }

  async address(role: string): Promise<string> {
    const entry = (await this.config.read(ADDRESSBOOK_JSON))[role];
    if (typeof entry === 'object' && entry !== null && 'address' in entry) return String(entry.address);
    throw new Error(`there is no ${role}`);
  }

  newAddress(): string {
    return this.engine.keys.generate().address;
  }

  /** Stablecoin from nowhere. */
  async give(to: string, amount: bigint): Promise<void> {
    const { rpcUrl, answers } = this.ready.devnet;
    const data = encodeFunctionData({
      abi: mintAbi,
      functionName: 'mint',
      args: [to as `0x${string}`, amount],
    });
    await sendRaw(rpcUrl, { key: String(answers.deployer_key), to: String(answers.stablecoin), data });
  }

  async pay(amount: bigint): Promise<void> {
    await this.give(this.engine.chain.contracts?.subscriptions ?? '', amount);
  }

  async stable(of: string): Promise<bigint> {
    return found(await this.engine.funds.tokenBalance(String(this.ready.devnet.answers.stablecoin), of));
  }

  async coins(of: string): Promise<bigint> {
    return found(await this.engine.funds.nativeBalance(of));
  }

  async setCoins(of: string, amount: bigint): Promise<void> {
    await rpc(this.ready.devnet.rpcUrl, 'anvil_setBalance', [of, toHex(amount)]);
    await this.money.begin();
  }

  /** Runs `blockhost funds VERB` with a failpoint armed, which must kill it. */
  async crashAt(failpoint: string, verb: Verb = 'run'): Promise<void> {
    const { ended } = this.ready.host.start(['funds', verb], { env: { BLOCKHOST_FAILPOINT: failpoint } });
    const { signal, code, stderr } = await ended;
    expect(signal, `${failpoint}: ended with ${code}: ${stderr}`).to.equal('SIGKILL');
  }

  /** Runs `blockhost funds VERB` as often as a monitor would, until it has nothing to complain about. */
  async runToRest(verb: Verb = 'run'): Promise<void> {
    for (let tries = 0; ; tries += 1) {
      const { code, stderr } = await this.ready.host.start(['funds', verb]).ended;
      if (code === 0) return;
      if (tries === 3) throw new Error(`it does not come to rest:\n${stderr}`);
    }
  }

  async dispose(): Promise<void> {
    await this.ready.host.stop();
    await this.ready.stop();
    await rm(this.ready.host.root, { recursive: true, force: true });
  }
}
