import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { accessCredentialNftAbi, blockhostSubscriptionsAbi } from '@blockhost/contracts-evm';
import {
  createTestClient,
  createWalletClient,
  type Hex,
  http,
  publicActions,
  toHex,
  walletActions,
} from 'viem';
import { privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';
import type { Purchase, ReadyHost } from '../demo/main-job.js';
import { until } from '../demo/until.js';

/** More than a version signed at the prices of a development chain offers, in base units of gas. */
const DEAR = 10n ** 12n;
const CHEAP = 10n ** 9n;
/** Blocks that a transaction has to lie before its fee is raised, and one more. */
const PATIENCE = 11;

/** What others do on the chain of a host, also while it is down. */
export class Onchain {
  constructor(private readonly ready: ReadyHost) {}

  async extend({ customer, subscriptionId }: Purchase, days: number): Promise<void> {
    await customer.extend({ subscriptions: this.#contracts.subscriptions, subscriptionId, days });
  }

  /** The owner cancels, which customers cannot. */
  async cancel({ subscriptionId }: Purchase): Promise<void> {
    const wallet = await this.#owner();
    const hash = await wallet.writeContract({
      abi: blockhostSubscriptionsAbi,
      address: this.#contracts.subscriptions as Hex,
      functionName: 'cancelSubscription',
      args: [subscriptionId],
    });
    await this.#node.waitForTransactionReceipt({ hash });
  }

  /** A credential that no purchase asked for: the next reservation forecast is wrong by one. */
  async mintAside(): Promise<void> {
    const wallet = await this.#owner();
    const hash = await wallet.writeContract({
      abi: accessCredentialNftAbi,
      address: this.#contracts.credentials as Hex,
      functionName: 'mint',
      args: [wallet.account.address, '0x'],
    });
    await this.#node.waitForTransactionReceipt({ hash });
  }

  /** Its holder destroys a credential. */
  async burn(holder: string, tokenId: string): Promise<void> {
    const node = this.#node.extend(walletActions);
    const address = holder as Hex;
    await node.impersonateAccount({ address });
    const hash = await node.writeContract({
      abi: accessCredentialNftAbi,
      address: this.#contracts.credentials as Hex,
      functionName: 'burn',
      args: [BigInt(tokenId)],
      account: address,
      chain: foundry,
    });
    await node.stopImpersonatingAccount({ address });
    await node.waitForTransactionReceipt({ hash });
  }

  mineEmpty(blocks: number): Promise<void> {
    return this.#node.mine({ blocks });
  }

  /** Replaces the youngest blocks by others without their transactions. */
  async reorganise(depth: number): Promise<void> {
    // Empty blocks with the same times have the same hashes, unless somebody else mines them.
    await this.#node.setCoinbase({ address: `0x${randomBytes(20).toString('hex')}` });
    await this.#node.request({ method: 'anvil_reorg', params: [depth, []] } as never);
  }

  /** While `act` lasts, the chain leaves the transactions of the host lying, as too cheap for its many dear blocks. */
  async leaveLying<T>(act: () => Promise<T>): Promise<T> {
    const node = this.#node;
    await node.setAutomine(false);
    try {
      const acting = act();
      // Whoever waits for it below hears of it.
      acting.catch(() => {});
      await until('a transaction to leave lying', 20_000, async () =>
        (await node.getTxpoolStatus()).pending > 0 ? true : null,
      );
      for (let made = 0; made < PATIENCE; made += 1) await this.#mineAt(DEAR);
      return await acting;
    } finally {
      await this.#mineAt(CHEAP);
      await node.setAutomine(true);
    }
  }

  async #mineAt(baseFee: bigint): Promise<void> {
    await this.#node.request({
      method: 'anvil_setNextBlockBaseFeePerGas',
      params: [toHex(baseFee)],
    } as never);
    await this.#node.mine({ blocks: 1 });
  }

  get #node() {
    const { rpcUrl } = this.ready.devnet;
    return createTestClient({ mode: 'anvil', transport: http(rpcUrl), pollingInterval: 20 }).extend(
      publicActions,
    );
  }

  async #owner() {
    const text = await readFile(join(this.ready.host.root, 'etc/blockhost/deployer.key'), 'utf8');
    const account = privateKeyToAccount(`0x${text.trim().replace(/^0x/, '')}`);
    return createWalletClient({ account, chain: foundry, transport: http(this.ready.devnet.rpcUrl) });
  }

  get #contracts() {
    const { contracts } = this.ready.engine.chain;
    if (!contracts) throw new Error('the host has no contracts');
    return contracts;
  }
}
