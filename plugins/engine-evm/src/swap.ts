import { absent, BlockhostError, type Swap } from '@blockhost/kernel';
import { encodeFunctionData, erc20Abi, type PublicClient, parseAbi, zeroAddress } from 'viem';
import { known } from './address-codec.js';
import type { Market } from './known-chains.js';
import { type Nodes, presence } from './nodes.js';
import { draftOf } from './transaction-body.js';

/** What this engine calls of Uniswap V2: router, factory and pair (docs.uniswap.org, contracts v2). */
const uniswapAbi = parseAbi([
  'function factory() view returns (address)',
  'function getPair(address, address) view returns (address)',
  'function getReserves() view returns (uint112, uint112, uint32)',
  'function token0() view returns (address)',
  'function token1() view returns (address)',
  'function getAmountsOut(uint256 amountIn, address[] path) view returns (uint256[])',
  'function swapExactTokensForETH(uint256 amountIn, uint256 amountOutMin, address[] path, address to, uint256 deadline) returns (uint256[])',
]);

/** Capability `swap`: a Uniswap V2 market. On a chain without one, every query answers absent. */
export function swap(nodes: Nodes, market: Market | null): Swap {
  if (market === null) return nowhere;
  const router = { abi: uniswapAbi, address: market.router } as const;
  const pathFrom = (token: string) => [known(token), market.weth] as const;

  return {
    quote: (token, amount) =>
      presence(() =>
        nodes.find(async (node) => {
          const path = pathFrom(token);
          if (!(await isTraded(node, market.router, path))) return null;
          if (amount === 0n) return 0n;
          const amounts = await node.readContract({
            ...router,
            functionName: 'getAmountsOut',
            args: [amount, path],
          });
          return amounts.at(-1) ?? null;
        }),
      ),

    approval: (token, amount, owner) =>
      presence(() =>
        nodes.find(async (node) => {
          const allowed = await node.readContract({
            abi: erc20Abi,
            address: known(token),
            functionName: 'allowance',
            args: [known(owner), market.router],
          });
          if (allowed >= amount) return null;
          // Tether refuses to change an allowance that is not zero.
          const amounts = allowed > 0n ? [0n, amount] : [amount];
          return amounts.map((each) => approve(token, market, each));
        }),
      ),

    exchange: ({ token, amount, minimumOut, to, deadline }) =>
      draftOf(`exchange ${amount} units of the token ${token} for native coin`, {
        to: market.router,
        data: encodeFunctionData({
          abi: uniswapAbi,
          functionName: 'swapExactTokensForETH',
          args: [amount, minimumOut, pathFrom(token), known(to), BigInt(deadline)],
        }),
      }),

    valueOfNative: (amount) =>
      presence(() =>
        nodes.find(async (node) => {
          const { coins, stable, unit } = await reservesOf(node, market);
          if (coins === 0n || stable === 0n) return null;
          return { cents: (amount * stable * 100n) / (coins * unit), liquidityCents: (stable * 100n) / unit };
        }),
      ),
  };
}

const nowhere: Swap = {
  quote: async () => absent,
  approval: async () => absent,
  exchange() {
    throw new BlockhostError('chain.no-market', 'No market is known on this chain.', {
      remedy:
        'Name one in blockchain.uniswap_v2 of web3-defaults.yaml, or send native coin to the wallet by hand.',
    });
  },
  valueOfNative: async () => absent,
};

function approve(token: string, { router }: Market, amount: bigint) {
  return draftOf(`allow the market ${amount} units of the token ${token}`, {
    to: known(token),
    data: encodeFunctionData({ abi: erc20Abi, functionName: 'approve', args: [router, amount] }),
    answersTrue: true,
  });
}

/** True when there is a pair with something in it. */
async function isTraded(
  node: PublicClient,
  router: Market['router'],
  path: readonly [`0x${string}`, `0x${string}`],
): Promise<boolean> {
  if (path[0] === path[1]) return false;
  const factory = await node.readContract({ abi: uniswapAbi, address: router, functionName: 'factory' });
  const address = await node.readContract({
    abi: uniswapAbi,
    address: factory,
    functionName: 'getPair',
    args: path,
  });
  if (address === zeroAddress) return false;
  const [one, other] = await node.readContract({ abi: uniswapAbi, address, functionName: 'getReserves' });
  return one > 0n && other > 0n;
}

/** What lies in the pair that prices the coin, and how many base units a whole stablecoin has. */
async function reservesOf(node: PublicClient, { pair, weth, stablecoin }: Market) {
  const contract = { abi: uniswapAbi, address: pair } as const;
  const [token0, token1, [reserve0, reserve1], decimals] = await Promise.all([
    node.readContract({ ...contract, functionName: 'token0' }),
    node.readContract({ ...contract, functionName: 'token1' }),
    node.readContract({ ...contract, functionName: 'getReserves' }),
    node.readContract({ abi: erc20Abi, address: stablecoin, functionName: 'decimals' }),
  ]);
  const unit = 10n ** BigInt(decimals);
  if (token0 === weth && token1 === stablecoin) return { coins: reserve0, stable: reserve1, unit };
  if (token0 === stablecoin && token1 === weth) return { coins: reserve1, stable: reserve0, unit };
  throw new BlockhostError(
    'chain.bad-market',
    `The pair ${pair} does not trade the wrapped coin ${weth} against the stablecoin ${stablecoin}.`,
    { remedy: 'Correct blockchain.uniswap_v2 in web3-defaults.yaml.' },
  );
}
