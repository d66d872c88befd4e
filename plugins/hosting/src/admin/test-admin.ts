import { mkdir } from 'node:fs/promises';
import {
  type Address,
  createHostConfig,
  type Hex,
  type HostConfig,
  type PrivilegedActions,
  type SigningKey,
} from '@blockhost/kernel';
import { encodeHex, parsePrivateKey, publicKeyOf } from '@blockhost/kernel/crypto';
import {
  ADMIN_COMMANDS_JSON,
  type AdminCommandsJson,
  BLOCKHOST_YAML,
  type BlockhostYaml,
  SERVER_KEY,
} from '@blockhost/kernel/host-files';
import { FakeChain, RecordingLogger } from '@blockhost/kernel/testing';
import { TestHost } from '../test-host.js';
import { AdminCommands } from './admin-commands.js';
import { LoginSignal } from './login-signal.js';
import { type OrderRecord, recentOrders } from './order-store.js';
import { TestFirewall } from './test-firewall.js';
import { TestTime } from './test-time.js';

const serverKey = '7'.repeat(64);
export const serverPublicKey = encodeHex(publicKeyOf(parsePrivateKey(serverKey)));

/** The secret name of the one command of these hosts. */
export const OPEN_SESAME = 'open-sesame';
export const KNOCK: AdminCommandsJson = {
  commands: {
    [OPEN_SESAME]: { action: 'knock', params: { allowed_ports: [22, 8006], default_duration: 300 } },
  },
};

export interface TestOrder {
  readonly command?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly nonce?: string;
  readonly timestamp?: number;
  readonly from?: SigningKey;
  readonly to?: Address;
}

/** A host whose administrator orders on a chain in memory, behind a firewall in memory, in a time of its own. */
export class TestAdmin {
  readonly chain = new FakeChain();
  readonly firewall = new TestFirewall();
  readonly clock = new TestTime();
  readonly log = new RecordingLogger();
  readonly signal: LoginSignal;
  /** The administrator's wallet. */
  readonly wallet = this.chain.customer(1).key;
  commands: AdminCommands;
  #orders = 0;
  #seen = 0;

  private constructor(
    readonly base: TestHost,
    readonly config: HostConfig,
  ) {
    this.signal = new LoginSignal(base.paths);
    this.commands = this.#process();
  }

  /** Where orders go to in mode `server`. */
  static get serverAddress(): Address {
    return new FakeChain().keys.parse(serverKey).address;
  }

  static async create(admin: BlockhostYaml['admin'] = {}): Promise<TestAdmin> {
    const base = await TestHost.create();
    await mkdir(base.paths.run, { recursive: true });
    const host = new TestAdmin(base, createHostConfig({ paths: base.paths }));
    await host.configure(admin);
    await host.config.write(ADMIN_COMMANDS_JSON, KNOCK);
    await host.config.write(SERVER_KEY, serverKey);
    return host;
  }

  configure(admin: BlockhostYaml['admin']): Promise<void> {
    return this.config.write(BLOCKHOST_YAML, { admin: { wallet_address: this.wallet.address, ...admin } });
  }

  /** Epoch seconds. */
  get now(): number {
    return Math.floor(this.clock.now() / 1_000);
  }

  /** Sends an order as the wallet's page would, unless told otherwise; answers the hash of its transaction. */
  order(order: TestOrder = {}): Hex {
    this.#orders += 1;
    const { command = OPEN_SESAME, params = {}, nonce = `nonce-${this.#orders}` } = order;
    const { timestamp = this.now, from = this.wallet, to = from.address } = order;
    return this.chain.order(from, serverPublicKey, { command, params, nonce, timestamp }, to).hash;
  }

  /** Shows the watcher every block it has not seen, and waits until it did what was ordered. */
  async look(): Promise<void> {
    await this.lookFrom(this.#seen + 1);
  }

  async lookFrom(from: number): Promise<void> {
    const to = this.chain.ledger.head.height;
    if (to >= from) await this.commands.look(from, to, new AbortController().signal);
    this.#seen = to;
    await this.until('the orders to be carried out', async () =>
      (await this.orders()).every(({ state }) => state !== 'accepted' && state !== 'executing'),
    );
  }

  /** Youngest first. */
  orders(): Promise<readonly OrderRecord[]> {
    return recentOrders(this.base.database, 100);
  }

  async states(): Promise<string[]> {
    return (await this.orders()).map(({ state }) => state).reverse();
  }

  /** Lets time pass in seconds-long strides until `condition` holds. */
  async until(what: string, condition: () => Promise<boolean> | boolean, strideMs = 0): Promise<void> {
    const end = performance.now() + 5_000;
    while (!(await condition())) {
      if (performance.now() > end) throw new Error(`Waited in vain for ${what}; open: ${this.firewall.open}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
      this.clock.advance(strideMs);
    }
  }

  open(what: readonly string[], strideMs = 0): Promise<void> {
    const wanted = JSON.stringify([...what].sort());
    return this.until(`${wanted} to be open`, () => JSON.stringify(this.firewall.open) === wanted, strideMs);
  }

  /** Another process on the same files, chain and firewall. */
  async restart(options: { rootAgent?: null } = {}): Promise<string> {
    await this.stop();
    this.commands = this.#process(options);
    return this.commands.start();
  }

  /** With a stride, the time that a process has to stop passes while it cannot. */
  async stop(strideMs = 0): Promise<void> {
    let stopped = false;
    const stopping = this.commands.stop().finally(() => {
      stopped = true;
    });
    await this.until('the process to stop', () => stopped, strideMs);
    await stopping;
  }

  async dispose(): Promise<void> {
    this.firewall.fails = () => null;
    await this.stop(20);
    await this.base.dispose();
  }

  #process({ rootAgent = this.firewall }: { rootAgent?: PrivilegedActions | null } = {}): AdminCommands {
    const { base, chain, clock, config, log } = this;
    const { database, paths } = base;
    const host = { database, paths, chain, clock, config, log, rootAgent };
    return new AdminCommands(host, { journalctl: '/bin/false' });
  }
}
