import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { acquireLock, createExec, type ExecResult, resolvePaths } from '@blockhost/kernel';
import { privateKeyToAddress } from 'viem/accounts';
import { stringify } from 'yaml';
import { checkout } from '../demo/host.js';
import { until } from '../demo/until.js';
import { type EvmHost, rpc, startHost } from './evm-host.js';
import { FaultyNode } from './faulty-node.js';

export const DEPLOY = 'blockhost-deploy-contracts';
export const MINT = 'blockhost-mint-nft';
/** A wallet that this host knows nothing of. */
export const stranger = '0x70997970C51812dc3A010C7d01b50e0d17dc79C8';

const TIMEOUT_MS = 30_000;

/** A host before its set-up: a key, a node, one contract, and the programs of the engine as an operator starts them. */
export class CommandHost {
  #snapshot = '';
  #sentBefore = 0;
  /** A credential contract of the wallet. */
  credentials = '';

  private constructor(
    private readonly host: EvmHost,
    /** A node with faults, in front of the chain's own. */
    readonly node: FaultyNode,
    /** Text of `deployer.key`. */
    readonly keyText: string,
    readonly wallet: string,
  ) {}

  static async start(): Promise<CommandHost> {
    const host = await startHost();
    const node = await FaultyNode.start(host.devnet.rpcUrl);
    const keyText = String(host.devnet.answers.deployer_key);
    const commands = new CommandHost(host, node, keyText, privateKeyToAddress(`0x${keyText}`));
    await commands.#configure();
    const { stdout } = await commands.run(DEPLOY, ['nft']);
    commands.credentials = stdout.trim();
    await commands.#clear();
    return commands;
  }

  async stop(): Promise<void> {
    await this.node.stop();
    await this.host.stop();
  }

  get rpcUrl(): string {
    return this.host.devnet.rpcUrl;
  }

  get root(): string {
    return this.host.root;
  }

  /** The chain as it is now, to come back to; and files as before any command. */
  async begin(): Promise<void> {
    this.#snapshot = await this.rpc('evm_snapshot');
    this.#sentBefore = await this.#nonce('latest');
    await this.#configure();
  }

  async #configure(): Promise<void> {
    await this.write('deployer.key', this.keyText);
    await this.configure({});
  }

  async end(): Promise<void> {
    this.node.fault = 'none';
    this.node.answer = async () => undefined;
    await this.rpc('evm_setAutomine', true);
    await this.rpc('anvil_dropAllTransactions');
    await this.rpc('evm_revert', this.#snapshot);
    await this.#clear();
  }

  async #clear(): Promise<void> {
    for (const folder of ['etc/blockhost', 'var/lib/blockhost']) {
      await rm(join(this.root, folder), { recursive: true });
      await mkdir(join(this.root, folder));
    }
  }

  /** Writes `web3-defaults.yaml` with these values in section `blockchain`. */
  configure(blockchain: Readonly<Record<string, unknown>>): Promise<void> {
    const known = { chain_id: 31337, rpc_url: this.rpcUrl, nft_contract: this.credentials || undefined };
    const section = { ...known, ...blockchain };
    return this.write('web3-defaults.yaml', stringify({ blockchain: section }));
  }

  write(name: string, text: string): Promise<void> {
    return writeFile(join(this.root, 'etc/blockhost', name), text);
  }

  /** Writes a file in a folder below the host's state. */
  async writeState(folder: string, name: string, text: string): Promise<void> {
    await mkdir(join(this.root, 'var/lib/blockhost', folder), { recursive: true });
    await writeFile(join(this.root, 'var/lib/blockhost', folder, name), text);
  }

  remove(name: string): Promise<void> {
    return rm(join(this.root, 'etc/blockhost', name));
  }

  run(
    program: string,
    words: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<ExecResult> {
    return createExec({ paths: resolvePaths({ BLOCKHOST_ROOT: this.root }) }).run(
      [join(checkout, 'bin', program), ...words],
      {
        cwd: this.root,
        timeoutMs: TIMEOUT_MS,
        env: { BLOCKHOST_ROOT: this.root, ...env },
        ...(signal ? { signal } : {}),
      },
    );
  }

  rpc<T>(method: string, ...params: readonly unknown[]): Promise<T> {
    return rpc<T>(this.rpcUrl, method, params);
  }

  /** How many transactions the wallet has sent in this case; `pending` counts those that wait for a block. */
  async sent(block: 'latest' | 'pending' = 'latest'): Promise<number> {
    return (await this.#nonce(block)) - this.#sentBefore;
  }

  async #nonce(block: string): Promise<number> {
    return Number(await this.rpc<string>('eth_getTransactionCount', this.wallet, block));
  }

  /** Runs command lines that have all asked the chain for something before the first sends from the wallet. */
  async atOnce(
    seen: { readonly method: string; readonly times: number },
    ...commands: (readonly [string, ...string[]])[]
  ): Promise<string[]> {
    await this.configure({ rpc_url: this.node.url });
    this.node.asked.length = 0;
    const running = await this.#holdingWallet(async () => {
      const started = commands.map(([program, ...words]) => this.run(program, words));
      await until('all commands', TIMEOUT_MS, async () =>
        this.node.asked.filter((method) => method === seen.method).length >= seen.times ? true : null,
      );
      return { started };
    });
    const results = await Promise.all(running.started);
    return results.map(({ stdout }) => stdout);
  }

  async #holdingWallet<T>(act: () => Promise<T>): Promise<T> {
    const file = join(this.root, 'run/blockhost', `wallet-${this.wallet}.lock`);
    using _ = await acquireLock(file, { timeoutMs: TIMEOUT_MS, purpose: 'a test' });
    return await act();
  }

  async ownerOf(contract: string): Promise<string> {
    return `0x${(await this.#call(contract, '0x8da5cb5b')).slice(26)}`;
  }

  /** How many credentials there are. */
  async supplyOf(contract: string): Promise<number> {
    return Number(await this.#call(contract, '0x18160ddd'));
  }

  #call(to: string, data: string): Promise<string> {
    return this.rpc('eth_call', { to, data }, 'latest');
  }

  /** Resolves when the wallet has `count` transactions that are mined or wait. */
  async untilSent(count: number): Promise<void> {
    await until(`transaction ${count} of the wallet`, TIMEOUT_MS, async () =>
      (await this.sent('pending')) >= count ? true : null,
    );
  }

  /** Every file below the root but the key's own, and what it holds. */
  async files(): Promise<string[]> {
    const entries = await readdir(this.root, { recursive: true, withFileTypes: true });
    const files = entries.filter((entry) => entry.isFile() && entry.name !== 'deployer.key');
    return Promise.all(files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'latin1')));
  }
}
