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
}

const chains: Readonly<Record<number, KnownChain>> = {
  1: chain('Ethereum', 'ETH', 12_000, 'https://etherscan.io', '0xA0b86991c6218b36c1d19D4a2e9Eb0cE3606eB48'),
  137: chain(
    'Polygon',
    'POL',
    2_000,
    'https://polygonscan.com',
    '0x2791Bca1f2de4661ED88A30C99A7a9449Aa84174',
  ),
  42161: chain(
    'Arbitrum One',
    'ETH',
    250,
    'https://arbiscan.io',
    '0xaf88d065e77c8cC2239327C5EDb3A432268e5831',
  ),
  11155111: chain(
    'Sepolia',
    'ETH',
    12_000,
    'https://sepolia.etherscan.io',
    '0x1c7D4B196Cb0C7B01d743Fbc6116a902379C7238',
  ),
};

/** Chains of a developer: one node, no reorganisation that it did not ask for. */
const development = new Set([1337, 31337]);

export function knownChain(chainId: number): KnownChain {
  const known = chains[chainId];
  if (known) return known;
  return development.has(chainId)
    ? { ...chain('Local development chain', 'ETH', 1_000, null, null), confirmations: 1 }
    : chain(`EVM chain ${chainId}`, 'ETH', 12_000, null, null);
}

function chain(
  name: string,
  symbol: string,
  blockTimeMs: number,
  explorer: string | null,
  stablecoin: `0x${string}` | null,
): KnownChain {
  return { name, symbol, blockTimeMs, confirmations: 3, explorer, stablecoin };
}
