import { blockhostSubscriptionsAbi, testStablecoinAbi } from '@blockhost/contracts-evm';
import { type Address, type Customer, type Devnet, injectable, type RunningDevnet } from '@blockhost/kernel';
import { createTestClient, encodeFunctionData, http, parseEther } from 'viem';
import { known } from './address-codec.js';
import { deployedAddress, deployTestStablecoin } from './deployment.js';
import { DEVNET_CHAIN_ID, startAnvil } from './devnet/anvil.js';
import { customerOf } from './devnet/customer.js';
import { DevnetWallet, devnetKeyText } from './devnet/wallet.js';
import { evmEngine } from './evm-engine.js';
import { Nodes } from './nodes.js';
import { draftOf } from './transaction-body.js';

const PURSE = { native: parseEther('100'), stable: 100_000_000_000n };

/** The `devnet` port: a local chain of one node, with a stablecoin and wallets that have plenty of it. */
@injectable()
export default class EvmDevnet implements Devnet {
  async start(options: Parameters<Devnet['start']>[0]): Promise<RunningDevnet> {
    const anvil = await startAnvil(options);
    try {
      return await furnish(anvil.url, anvil.stop, options.signal);
    } catch (error) {
      await anvil.stop();
      throw error;
    }
  }
}

async function furnish(
  rpcUrl: string,
  stop: () => Promise<void>,
  signal: AbortSignal,
): Promise<RunningDevnet> {
  const { transactions, funds } = evmEngine({ chainId: DEVNET_CHAIN_ID, rpcUrls: [rpcUrl], contracts: null });
  const nodes = new Nodes(DEVNET_CHAIN_ID, [rpcUrl]);
  const controls = createTestClient({ mode: 'anvil', transport: http(rpcUrl) });
  const customers = new Map<string, Promise<Customer>>();

  async function fundedWallet(label: string): Promise<DevnetWallet> {
    const wallet = new DevnetWallet(label, transactions, signal);
    await controls.setBalance({ address: known(wallet.key.address), value: PURSE.native });
    return wallet;
  }

  /** Anybody may mint the test stablecoin, so every wallet does it for itself. */
  async function newCustomer(label: string): Promise<Customer> {
    const wallet = await fundedWallet(label);
    const balance = await funds.tokenBalance(stablecoin, wallet.key.address);
    if (balance.kind !== 'present' || balance.value < PURSE.stable)
      await wallet.send(
        draftOf('mint test stablecoins', {
          to: known(stablecoin),
          data: encodeFunctionData({
            abi: testStablecoinAbi,
            functionName: 'mint',
            args: [known(wallet.key.address), PURSE.stable],
          }),
        }),
      );
    return customerOf(wallet, nodes, stablecoin);
  }

  const stablecoin = await stablecoinOf(await fundedWallet('bank'), nodes);
  const deployer = await fundedWallet('deployer');
  return {
    rpcUrl,
    answers: {
      chain_id: DEVNET_CHAIN_ID,
      rpc_url: rpcUrl,
      wallet_mode: 'import',
      deployer_key: devnetKeyText('deployer'),
      contract_mode: 'deploy',
      stablecoin,
      plan_name: 'Basic VM',
      plan_price_cents: 50,
    },
    customer(label) {
      let customer = customers.get(label);
      if (!customer) {
        customer = newCustomer(label);
        customers.set(label, customer);
      }
      return customer;
    },
    async cancel({ subscriptions, subscriptionId }) {
      const { hash } = await deployer.send(
        draftOf(`cancel subscription ${subscriptionId}`, {
          to: known(subscriptions),
          data: encodeFunctionData({
            abi: blockhostSubscriptionsAbi,
            functionName: 'cancelSubscription',
            args: [subscriptionId],
          }),
        }),
      );
      return { transactionHash: hash };
    },
    async advance(seconds) {
      await controls.increaseTime({ seconds });
      await controls.mine({ blocks: 1 });
    },
    stop,
  };
}

/** The bank's first transaction is the stablecoin, so a chain that goes on has it at the same address. */
async function stablecoinOf(bank: DevnetWallet, nodes: Nodes): Promise<Address> {
  const address = deployedAddress({ from: bank.key.address, sequence: '0' });
  const code = await nodes.ask((node) => node.getCode({ address }));
  if (code === undefined) await bank.send(deployTestStablecoin());
  return address;
}
