import { type Address, type Clock, createHostConfig, type HostConfig } from '@blockhost/kernel';
import {
  ADDRESSBOOK_JSON,
  BLOCKHOST_YAML,
  DEPLOYER_KEY,
  REVENUE_SHARE_JSON,
  walletKey,
} from '@blockhost/kernel/host-files';
import { FakeChain, type FakeChainOptions, RecordingLogger } from '@blockhost/kernel/testing';
import { TestHost } from '../test-host.js';
import type { FundHost } from './fund-host.js';
import { FundJournal, type FundKind } from './journal.js';
import { runFunds } from './run-funds.js';

export const STABLE: Address = `fake1${'a'.repeat(38)}`;
export const OTHER: Address = `fake1${'b'.repeat(38)}`;
/** Base units of a dollar of {@link STABLE}. */
export const DOLLAR = 1_000_000n;
export const COIN = 10n ** 18n;

const keyText = (number: number) => number.toString(16).padStart(64, '0');
const PEOPLE = { admin: 21, dev: 22, broker: 23 };

/** A host with money on a chain in memory: a contract that customers paid into, wallets, and files to change. */
export class TestFunds {
  readonly log = new RecordingLogger();
  readonly host: FundHost;
  readonly journal: FundJournal;

  private constructor(
    readonly files: TestHost,
    readonly chain: FakeChain,
    readonly config: HostConfig,
  ) {
    this.host = {
      database: files.database,
      chain,
      rootAgent: null,
      config,
      clock: miningClock(files.clock, chain),
      paths: files.paths,
      log: this.log,
    };
    this.journal = new FundJournal(files.database, files.clock, chain.chain.id);
  }

  static async create(options: FakeChainOptions = {}): Promise<TestFunds> {
    const files = await TestHost.create();
    const chain = new FakeChain(options);
    const funds = new TestFunds(files, chain, createHostConfig({ paths: files.paths }));
    await funds.config.write(BLOCKHOST_YAML, {});
    await funds.config.write(DEPLOYER_KEY, chain.ownerKey.text);
    await funds.config.write(walletKey('hot'), keyText(20));
    await funds.config.write(ADDRESSBOOK_JSON, {
      ...Object.fromEntries(
        Object.keys(PEOPLE).map((role) => [role, { address: funds.address(role as keyof typeof PEOPLE) }]),
      ),
      server: { address: chain.ownerKey.key.address, keyfile: '/etc/blockhost/deployer.key' },
      hot: { address: funds.hot, keyfile: '/etc/blockhost/hot.key' },
    });
    chain.send(chain.ownerKey.key, { do: 'set-stablecoin', token: STABLE });
    return funds;
  }

  get server(): Address {
    return this.chain.ownerKey.key.address;
  }

  get hot(): Address {
    return this.chain.keys.parse(keyText(20)).address;
  }

  get contract(): Address {
    return this.chain.chain.contracts?.subscriptions ?? '';
  }

  address(role: keyof typeof PEOPLE): Address {
    return this.chain.keys.parse(keyText(PEOPLE[role])).address;
  }

  balance(of: Address, token: Address | null = STABLE): bigint {
    return this.chain.ledger.contracts.money.balance(token, of);
  }

  pay(amount: bigint, token: Address = STABLE): void {
    this.chain.ledger.give(this.contract, amount, token);
  }

  async share(...recipients: readonly (readonly [role: string, bps: number])[]): Promise<void> {
    await this.config.write(REVENUE_SHARE_JSON, {
      enabled: true,
      total_bps: recipients.reduce((sum, [, bps]) => sum + bps, 0),
      recipients: recipients.map(([role, bps]) => ({ role, bps })),
    });
  }

  async set(fund_manager: Readonly<Record<string, unknown>>): Promise<void> {
    await this.config.update(BLOCKHOST_YAML, (yaml) => ({ ...yaml, fund_manager }));
  }

  /** Changes one entry of the address book; null removes it. */
  async enter(role: string, entry: unknown): Promise<void> {
    await this.config.update(ADDRESSBOOK_JSON, (book) => {
      const { [role]: _, ...others } = book ?? {};
      return entry === null ? others : { ...others, [role]: entry };
    });
  }

  async cycle(): Promise<void> {
    await this.run('fund-cycle');
  }

  async run(kind: FundKind, host: FundHost = this.host): Promise<void> {
    await runFunds(kind, host, new AbortController().signal);
  }

  /** What a run ends with; null: it succeeded. */
  async problem(kind: FundKind = 'fund-cycle', host: FundHost = this.host): Promise<unknown> {
    return this.run(kind, host).then(
      () => null,
      (error: unknown) => error,
    );
  }

  warnings(): readonly string[] {
    return this.log.records.filter(({ level }) => level === 'warn').map(({ message }) => message);
  }

  dispose(): Promise<void> {
    return this.files.dispose();
  }
}

/** Waiting makes blocks. */
function miningClock(clock: TestHost['clock'], chain: FakeChain): Clock {
  return {
    now: () => clock.now(),
    async sleep(ms) {
      clock.advance(ms);
      if (chain.autoMine) chain.ledger.mine();
    },
  };
}
