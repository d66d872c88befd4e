import { createRequire } from 'node:module';
import type { RunningDevnet } from '@blockhost/kernel';
import {
  type Abi,
  type Address,
  createTestClient,
  encodeDeployData,
  getAddress,
  type Hex,
  http,
  maxUint256,
  parseAbi,
  parseEther,
  publicActions,
  walletActions,
} from 'viem';
import { generatePrivateKey, privateKeyToAccount } from 'viem/accounts';
import { foundry } from 'viem/chains';

const require = createRequire(import.meta.url);
const abi = parseAbi([
  'function approve(address spender, uint256 amount) returns (bool)',
  'function balanceOf(address) view returns (uint256)',
  'function transfer(address to, uint256 amount) returns (bool)',
  'function mint(address to, uint256 amount)',
  'function deposit() payable',
  'function sync()',
  'function getPair(address, address) view returns (address)',
  'function addLiquidity(address tokenA, address tokenB, uint256 amountA, uint256 amountB, uint256 minA, uint256 minB, address to, uint256 deadline)',
]);

/** A Uniswap V2 of a test's own, and tokens to trade there. */
export interface TestMarket {
  /** The section `uniswap_v2` of the chain's settings. */
  readonly section: {
    readonly router: Address;
    readonly weth: Address;
    readonly usdc: Address;
    readonly usdc_weth_pair: Address;
  };
  /** What lies in the pair of coin and stablecoin from now on: wei, and base units of the stablecoin. */
  setReserves(reserves: { readonly coins: bigint; readonly stable: bigint }): Promise<void>;
  /** A token with 18 decimals and its pair with the stablecoin: so many whole tokens against so many whole stablecoins. */
  newToken(pool: { readonly tokens: bigint; readonly stable: bigint }): Promise<{
    readonly token: Address;
    readonly pair: Address;
    give(to: Address, amount: bigint): Promise<void>;
  }>;
}

/** Deploys Uniswap's own published bytecode and opens its market at 2,500 dollars for a coin. */
export async function openMarket({ rpcUrl, answers }: RunningDevnet): Promise<TestMarket> {
  const account = privateKeyToAccount(generatePrivateKey());
  const client = createTestClient({ mode: 'anvil', chain: foundry, transport: http(rpcUrl), account })
    .extend(publicActions)
    .extend(walletActions);
  await client.setBalance({ address: account.address, value: parseEther('1000000') });
  const usdc = String(answers.stablecoin) as Address;

  async function deploy(artifact: string, ...args: readonly unknown[]): Promise<Address> {
    const { abi, bytecode } = require(`@uniswap/${artifact}.json`) as { abi: Abi; bytecode: string };
    const code: Hex = `0x${bytecode.replace(/^0x/, '')}`;
    const hash = await client.sendTransaction({ data: encodeDeployData({ abi, bytecode: code, args }) });
    const { contractAddress } = await client.waitForTransactionReceipt({ hash });
    if (!contractAddress) throw new Error(`${artifact} was not deployed`);
    return getAddress(contractAddress);
  }

  type Call = {
    readonly address: Address;
    readonly functionName: string;
    readonly args?: readonly unknown[];
  };
  async function write(call: Call, value = 0n, from: Address | typeof account = account): Promise<void> {
    const hash = await client.writeContract({
      abi: abi as Abi,
      account: from,
      chain: foundry,
      value,
      ...call,
    });
    const { status } = await client.waitForTransactionReceipt({ hash });
    if (status !== 'success') throw new Error(`${call.functionName} failed`);
  }
  const mint = (amount: bigint) =>
    write({ address: usdc, functionName: 'mint', args: [account.address, amount] });

  const factory = await deploy('v2-core/build/UniswapV2Factory', account.address);
  const weth = await deploy('v2-periphery/build/WETH9');
  const router = await deploy('v2-periphery/build/UniswapV2Router02', factory, weth);

  async function pool(token: Address, amount: bigint, stable: bigint): Promise<Address> {
    await mint(stable);
    for (const address of [token, usdc])
      await write({ address, functionName: 'approve', args: [router, maxUint256] });
    await write({
      address: router,
      functionName: 'addLiquidity',
      args: [token, usdc, amount, stable, 0n, 0n, account.address, maxUint256],
    });
    return client.readContract({ abi, address: factory, functionName: 'getPair', args: [token, usdc] });
  }

  await write({ address: weth, functionName: 'deposit' }, parseEther('100000'));
  const pair = await pool(weth, parseEther('400'), 1_000_000_000_000n);

  /** Gives or takes until the pair holds exactly so much. */
  async function hold(address: Address, wanted: bigint): Promise<void> {
    const held = await client.readContract({ abi, address, functionName: 'balanceOf', args: [pair] });
    if (held < wanted) await write({ address, functionName: 'transfer', args: [pair, wanted - held] });
    if (held > wanted)
      await write({ address, functionName: 'transfer', args: [account.address, held - wanted] }, 0n, pair);
  }

  return {
    section: { router, weth, usdc, usdc_weth_pair: pair },

    async setReserves({ coins, stable }) {
      await client.impersonateAccount({ address: pair });
      await client.setBalance({ address: pair, value: parseEther('1') });
      await mint(stable);
      await hold(weth, coins);
      await hold(usdc, stable);
      await write({ address: pair, functionName: 'sync' });
      await client.stopImpersonatingAccount({ address: pair });
    },

    async newToken({ tokens, stable }) {
      const token = await deploy('v2-core/build/ERC20', 10n ** 36n);
      return {
        token,
        pair: await pool(token, tokens * 10n ** 18n, stable * 10n ** 6n),
        give: (to, amount) => write({ address: token, functionName: 'transfer', args: [to, amount] }),
      };
    },
  };
}
