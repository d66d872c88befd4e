import { cp, mkdir, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createExec, type ExecResult, resolvePaths } from '@blockhost/kernel';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { parse, stringify } from 'yaml';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { newRoot, rpc } from '../engine-evm/evm-host.js';
import { FaultyNode } from '../engine-evm/faulty-node.js';
import { openMarket, type TestMarket } from '../engine-evm/market.js';
import { type ReadyHost, readyHost } from '../engine-evm/ready-host.js';

const plugin = (path: string) => fileURLToPath(new URL(`../../../plugins/${path}`, import.meta.url));
const TIMEOUT_MS = 30_000;

/** A wallet that no host knows. */
export const stranger = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

export interface TestWallet {
  readonly text: string;
  readonly address: `0x${string}`;
}

export function newTestWallet(): TestWallet {
  const key = generatePrivateKey();
  return { text: key.slice(2), address: privateKeyToAccount(key).address };
}

/** Folder of a host that is not set up and has no chain. */
export async function emptyHost(): Promise<string> {
  const root = await newRoot();
  await linkPlugins(root);
  return root;
}

/** The engine is there already. */
async function linkPlugins(root: string): Promise<void> {
  const share = join(root, 'usr/share/blockhost');
  await mkdir(join(share, 'plugins.d'), { recursive: true });
  await symlink(plugin('hosting/plugin.json'), join(share, 'plugins.d/hosting.json'));
  await symlink(plugin('provisioner-sandbox/provisioner.json'), join(share, 'provisioner.json'));
}

/** A host that is set up on a chain of its own, with a market, and the programs as an operator starts them. */
export class ToolsHost {
  #snapshot = '';

  private constructor(
    readonly host: ReadyHost,
    /** A node with faults, in front of the chain's own. */
    readonly node: FaultyNode,
    readonly stablecoin: string,
    readonly market: TestMarket,
    readonly contracts: { readonly credentials: string; readonly subscriptions: string },
    readonly hot: TestWallet,
    /** The wallet that owns the contracts. */
    readonly server: TestWallet,
  ) {}

  static async start(): Promise<ToolsHost> {
    const host = await readyHost();
    const market = await openMarket(host.devnet);
    await linkPlugins(host.root);
    const config = parse(await readFile(join(host.root, 'etc/blockhost/web3-defaults.yaml'), 'utf8'));
    const { nft_contract: credentials, subscription_contract: subscriptions } = config.blockchain;
    const server = {
      text: String(host.devnet.answers.deployer_key),
      address: host.owner.address as `0x${string}`,
    };
    const tools = new ToolsHost(
      host,
      await FaultyNode.start(host.devnet.rpcUrl),
      String(host.devnet.answers.stablecoin),
      market,
      { credentials, subscriptions },
      newTestWallet(),
      server,
    );
    await tools.configure({ uniswap_v2: market.section });
    const book = await tools.book();
    book.hot = { address: tools.hot.address, keyfile: '/etc/blockhost/hot.key' };
    await tools.write('addressbook.json', JSON.stringify(book));
    await tools.write('hot.key', `${tools.hot.text}\n`);
    await cp(join(host.root, 'etc/blockhost'), join(host.root, 'etc-as-set-up'), { recursive: true });
    return tools;
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.host.stop();
  }

  get root(): string {
    return this.host.root;
  }

  /** The chain as it is now, to come back to. */
  async begin(): Promise<void> {
    this.#snapshot = await this.rpc('evm_snapshot');
  }

  /** The chain goes back, and the state of the host, which would remember what it sent. */
  async end(): Promise<void> {
    this.node.fault = 'none';
    this.node.answer = async () => undefined;
    await this.rpc('evm_setAutomine', true);
    await this.rpc('anvil_dropAllTransactions');
    await this.rpc('evm_revert', this.#snapshot);
    for (const file of ['blockhost.db', 'blockhost.db-wal', 'blockhost.db-shm'])
      await rm(join(this.root, 'var/lib/blockhost', file), { force: true });
    await rm(join(this.root, 'etc/blockhost'), { recursive: true });
    await cp(join(this.root, 'etc-as-set-up'), join(this.root, 'etc/blockhost'), { recursive: true });
  }

  /** Changes section `blockchain` of `web3-defaults.yaml`; undefined takes a value out. */
  async configure(changes: Readonly<Record<string, unknown>>): Promise<void> {
    const file = parse(await this.read('web3-defaults.yaml'));
    const blockchain = { ...file.blockchain, ...changes };
    await this.write('web3-defaults.yaml', stringify({ ...file, blockchain }));
  }

  /** The host asks the node with faults from now on. */
  useFaultyNode(): Promise<void> {
    return this.configure({ rpc_url: this.node.url });
  }

  read(name: string): Promise<string> {
    return readFile(join(this.root, 'etc/blockhost', name), 'utf8');
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.root, 'etc/blockhost', name), text);
  }

  remove(name: string): Promise<void> {
    return rm(join(this.root, 'etc/blockhost', name));
  }

  async book(): Promise<Record<string, { address: string; keyfile?: string }>> {
    return JSON.parse(await this.read('addressbook.json'));
  }

  run(
    program: string,
    words: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    { signal, input }: { readonly signal?: AbortSignal; readonly input?: string } = {},
  ): Promise<ExecResult> {
    return createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: this.root }) }).run(
      [join(checkout, 'bin', program), ...words],
      {
        cwd: this.root,
        timeoutMs: TIMEOUT_MS,
        env: { BLOCKHOST_ROOT: this.root, ...env },
        ...(signal ? { signal } : {}),
        ...(input ? { input } : {}),
      },
    );
  }

  bw(...words: readonly string[]): Promise<ExecResult> {
    return this.run('bw', words);
  }

  rpc<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    return rpc<T>(this.host.devnet.rpcUrl, method, params);
  }

  async give(address: string, coins: bigint): Promise<void> {
    await this.rpc('anvil_setBalance', address, `0x${coins.toString(16)}`);
  }

  /** Base units of the stablecoin, which anybody may mint. */
  async giveStable(address: string, amount: bigint): Promise<void> {
    const word = (value: bigint) => value.toString(16).padStart(64, '0');
    await this.rpc('eth_sendTransaction', {
      from: (await this.rpc<string[]>('eth_accounts'))[0],
      to: this.stablecoin,
      data: `0x40c10f19${word(BigInt(address))}${word(amount)}`,
    });
  }

  async coins(address: string): Promise<bigint> {
    return BigInt(await this.rpc<string>('eth_getBalance', address, 'latest'));
  }

  async stable(address: string): Promise<bigint> {
    const data = `0x70a08231${BigInt(address).toString(16).padStart(64, '0')}`;
    return BigInt(await this.rpc<string>('eth_call', { to: this.stablecoin, data }, 'latest'));
  }

  /** What the spender may still take of the owner's stablecoins. */
  async allowance(owner: string, spender: string): Promise<bigint> {
    const word = (address: string) => BigInt(address).toString(16).padStart(64, '0');
    const data = `0xdd62ed3e${word(owner)}${word(spender)}`;
    return BigInt(await this.rpc<string>('eth_call', { to: this.stablecoin, data }, 'latest'));
  }

  async nonce(address: string, block: 'latest' | 'pending' = 'latest'): Promise<number> {
    return Number(await this.rpc<string>('eth_getTransactionCount', address, block));
  }

  /** Resolves when the wallet has a transaction more than `before`, mined or waiting. */
  async untilSent(address: string, before: number): Promise<void> {
    await until(`a transaction of ${address}`, TIMEOUT_MS, async () =>
      (await this.nonce(address, 'pending')) > before ? true : null,
    );
  }

  /** Every file below the root but key files, and what it holds. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && !entry.name.endsWith('.key'));
    return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  }
}
