/** A Uniswap V2 router, the wrapped coin, and the pair that tells what a coin is worth in the stablecoin. */
export interface Market {
  readonly router: `0x${string}`;
  readonly weth: `0x${string}`;
  readonly stablecoin: `0x${string}`;
  readonly pair: `0x${string}`;
}

/** What is the same on every host of a chain (engine.md 8.4). */
export interface KnownChain {
  readonly name: string;
  readonly symbol: string;
  readonly blockTimeMs: number;
  /** Blocks on a transaction before money or credentials follow from it (engine.md 3.2). */
  readonly confirmations: number;
  readonly explorer: string | null;
  /** null: the operator names one. */
  readonly stablecoin: `0x${string}` | null;
  /** Where gas is bought (engine.md 2.2); null: nowhere that is known. */
  readonly market: Market | null;
  /** Its coin is worth money. Of a chain nobody knows, that is taken for granted. */
  readonly mainnet: boolean;
  /** How the data fee of the chain below is charged: `gas` it is within the estimated gas, `oracle` besides it. */
  readonly dataFee: 'none' | 'gas' | 'oracle';
}

const chains: Readonly<Record<number, KnownChain>> = {
  1: {
    ...chain('Ethereum', 'ETH', 12_000),
    explorer: 'https://etherscan.io',
    stablecoin: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
    market: {
      router: '0x7a250d5630B4cF539739dF2C5dAcb4c659F2488D',
      weth: '0xC02aaA39b223FE8D0A0e5C4F27eAD9083C756Cc2',
      stablecoin: '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48',
      pair: '0xB4e16d0168e52d35CaCD2c6185b44281Ec28C9Dc',
    },
  },
  137: {
    ...chain('Polygon', 'POL', 2_000),
    explorer: 'https://polygonscan.com',
    stablecoin: '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174',
  },
  8453: {
    ...chain('Base', 'ETH', 2_000),
    explorer: 'https://basescan.org',
    stablecoin: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
    market: {
      router: '0x4752ba5DBc23f44D87826276BF6Fd6b1C372aD24',
      weth: '0x4200000000000000000000000000000000000006',
      stablecoin: '0x833589fCD6eDb6E08f4c7C32D4f71b54bdA02913',
      pair: '0x88A43bbDF9D098eEC7bCEda4e2494615dfD9bB9C',
    },
    dataFee: 'oracle',
  },
  42161: {
    ...chain('Arbitrum One', 'ETH', 250),
    explorer: 'https://arbiscan.io',
    stablecoin: '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
    dataFee: 'gas',
  },
  11155111: {
    ...chain('Sepolia', 'ETH', 12_000),
    explorer: 'https://sepolia.etherscan.io',
    stablecoin: '0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238',
    mainnet: false,
  },
};

/** Chains of a developer: one node, no reorganisation that it did not ask for. */
const development = new Set([1337, 31337]);

export function knownChain(chainId: number): KnownChain {
  const known = chains[chainId];
  if (known) return known;
  return development.has(chainId)
    ? { ...chain('Local development chain', 'ETH', 1_000), confirmations: 1, mainnet: false }
    : chain(`EVM chain ${chainId}`, 'ETH', 12_000);
}

function chain(name: string, symbol: string, blockTimeMs: number): KnownChain {
  return {
    name,
    symbol,
    blockTimeMs,
    confirmations: 3,
    explorer: null,
    stablecoin: null,
    market: null,
    mainnet: true,
    dataFee: 'none',
  };
}
