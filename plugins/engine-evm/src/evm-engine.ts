import type { ChainEngine, ChainEngineCapabilities, ChainFacts, HostContracts } from '@blockhost/kernel';
import { accounts } from './accounts.js';
import { addressCodec } from './address-codec.js';
import { adminTransport } from './admin-transport.js';
import { blockReader } from './block-reader.js';
import { notSetUp } from './contract-read.js';
import { credentials } from './credentials.js';
import { funds } from './funds.js';
import { type KnownChain, knownChain, type Market } from './known-chains.js';
import { messageSigning } from './message-signature.js';
import { Nodes } from './nodes.js';
import { plans } from './plans.js';
import { keyCodec } from './signing-key.js';
import { subscriptions } from './subscriptions.js';
import { swap } from './swap.js';
import { transactions } from './transactions.js';
import { userDataCipher } from './user-data-cipher.js';

export interface EvmSettings {
  readonly chainId: number;
  /** In order of preference. */
  readonly rpcUrls: readonly string[];
  readonly contracts: HostContracts | null;
  /** In place of the chain's usual ones. */
  readonly confirmations?: number;
  /** In place of the chain's usual one. */
  readonly market?: Market;
  /** For one call; 30 s unless told. */
  readonly timeoutMs?: number;
}

/** Waiting time of engine.md 3.6, stage f. */
const CONFIRMATION_TIMEOUT_MS = 180_000;

export type EvmChainEngine = ChainEngine & ChainEngineCapabilities;

/** The `chain-engine` port for one EVM chain. */
export function evmEngine(settings: EvmSettings): EvmChainEngine {
  const known = knownChain(settings.chainId);
  const chain = factsOf(settings, known);
  const nodes = new Nodes(settings.chainId, settings.rpcUrls, settings.timeoutMs);
  const contracts = () => {
    if (settings.contracts === null) throw notSetUp();
    return settings.contracts;
  };
  return {
    chain,
    addresses: addressCodec,
    keys: keyCodec,
    messages: messageSigning,
    cipher: userDataCipher,
    blocks: blockReader(nodes, contracts),
    transactions: transactions(nodes, {
      chainId: settings.chainId,
      confirmations: chain.confirmations,
      known,
    }),
    credentials: credentials(nodes, contracts),
    subscriptions: subscriptions(nodes, contracts),
    plans: plans(nodes, contracts),
    funds: funds(nodes, known, contracts),
    accounts: accounts(nodes),
    swap: swap(nodes, settings.market ?? known.market),
    adminCommands: adminTransport(nodes),
  };
}

function factsOf({ chainId, rpcUrls, contracts, confirmations }: EvmSettings, known: KnownChain): ChainFacts {
  const page = (kind: string, id: string) =>
    known.explorer === null ? null : `${known.explorer}/${kind}/${id}`;
  return {
    id: `evm:${chainId}`,
    displayName: known.name,
    native: { symbol: known.symbol, decimals: 18, words: wordsOf(known.symbol) },
    stablecoinWords: ['stable', 'stablecoin', 'usdc'],
    mainnet: known.mainnet,
    blockTimeMs: known.blockTimeMs,
    confirmations: confirmations ?? known.confirmations,
    confirmationTimeoutMs: CONFIRMATION_TIMEOUT_MS,
    endpoints: rpcUrls.map((url) => new URL(url).host),
    contracts,
    transactionUrl: (hash) => page('tx', hash),
    addressUrl: (address) => page('address', address),
  };
}

/** `eth` on every chain (engine.md 2.2), and the coin's own name. */
function wordsOf(symbol: string): readonly string[] {
  return [...new Set(['eth', 'native', symbol.toLowerCase()])];
}
