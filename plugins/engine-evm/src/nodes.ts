import {
  absent,
  BlockhostError,
  hasCode,
  type Presence,
  present,
  sentenceOf,
  unknown,
} from '@blockhost/kernel';
import { createPublicClient, http, type PublicClient } from 'viem';
import { isAnswer, reasonOf } from './node-failure.js';

const ROUNDS = 3;
const FIRST_PAUSE_MS = 200;
const CHAIN_ID_TIMEOUT_MS = 10_000;
/** How long a node that said a height binds the others: a chain that was set back is believed after this time. */
const HEIGHT_MEMORY_MS = 30_000;

interface Node {
  readonly client: PublicClient;
  /** Host and port: the rest of a URL may be a secret. */
  readonly label: string;
  rightChain: boolean;
}

/**
 * The RPC nodes of one chain, any of which may be down, slow, behind or on another chain.
 *
 * A question is asked to one node at a time and answered by that node alone, so that what belongs together (a block and
 * its logs) is never mixed from two views of the chain.
 */
export class Nodes {
  readonly #nodes: Node[];
  #highest = { height: 0, at: 0 };

  constructor(
    private readonly chainId: number,
    urls: readonly string[],
    private readonly timeoutMs = 30_000,
  ) {
    this.#nodes = urls.map((url) => ({
      client: createPublicClient({ cacheTime: 0, transport: transport(url, timeoutMs) }) as PublicClient,
      label: URL.parse(url)?.host ?? 'node',
      rightChain: false,
    }));
  }

  /** Throws `chain.unreachable`, `chain.wrong-chain`, or the answer when it is a refusal. */
  async ask<T>(question: (node: PublicClient) => Promise<T>, signal?: AbortSignal): Promise<T> {
    const answer = await this.find(async (node) => ({ value: await question(node) }), signal);
    if (answer === null) throw unreachable(['no node answered']);
    return answer.value;
  }

  /**
   * As {@link ask} for something that a node behind the others does not have yet: null when none has it that answers, and
   * one of them is not behind.
   */
  async find<T>(
    question: (node: PublicClient) => Promise<T | null>,
    signal?: AbortSignal,
  ): Promise<T | null> {
    const started = performance.now();
    for (let round = 1; ; round += 1) {
      const reasons: string[] = [];
      const wrong: unknown[] = [];
      for (const node of this.#nodes) {
        signal?.throwIfAborted();
        try {
          const answer = await until(this.#question(node, question), signal);
          if (answer !== null) return answer;
          await until(this.provenHead(node.client), signal);
        } catch (error) {
          signal?.throwIfAborted();
          if (isAnswer(error) && !hasCode(error, 'chain.wrong-chain')) throw error;
          node.rightChain = false;
          if (hasCode(error, 'chain.wrong-chain')) wrong.push(error);
          // None of them is merely away.
          if (wrong.length === this.#nodes.length) throw error;
          reasons.push(`${node.label}: ${reasonOf(error)}`);
        }
      }
      if (reasons.length < this.#nodes.length) return null;
      if (round === ROUNDS || performance.now() - started > this.timeoutMs) throw unreachable(reasons);
      await pause(FIRST_PAUSE_MS * 2 ** (round - 1) * (0.5 + Math.random()), signal);
    }
  }

  async #question<T>(node: Node, question: (node: PublicClient) => Promise<T>): Promise<T> {
    await this.#checkChain(node);
    return question(node.client);
  }

  /** Remembers the height of some node's head. */
  saw(height: number): void {
    if (height >= this.#highest.height || this.#forgotten())
      this.#highest = { height, at: performance.now() };
  }

  /** Head of `node`; throws when another node was higher a moment ago, because what is missing here may exist there. */
  async provenHead(node: PublicClient): Promise<number> {
    const height = Number(await node.getBlockNumber());
    if (height < this.#highest.height && !this.#forgotten())
      throw new Error(`it is ${this.#highest.height - height} blocks behind`);
    this.saw(height);
    return height;
  }

  #forgotten(): boolean {
    return performance.now() - this.#highest.at > HEIGHT_MEMORY_MS;
  }

  async #checkChain(node: Node): Promise<void> {
    if (node.rightChain) return;
    const found = await node.client.getChainId();
    if (found !== this.chainId)
      throw new BlockhostError(
        'chain.wrong-chain',
        `${node.label} serves chain ${found}, but this host is set up for chain ${this.chainId}.`,
        {
          remedy:
            'Correct blockchain.rpc_url or blockchain.chain_id (in web3-defaults.yaml, or the answers of a set-up).',
        },
      );
    node.rightChain = true;
  }
}

/** The chain that the first node which answers is on; throws `chain.unreachable`. */
export async function askChainId(urls: readonly string[]): Promise<number> {
  const reasons: string[] = [];
  for (const url of urls)
    try {
      return await createPublicClient({ transport: transport(url, CHAIN_ID_TIMEOUT_MS) }).getChainId();
    } catch (error) {
      reasons.push(`${URL.parse(url)?.host ?? 'node'}: ${reasonOf(error)}`);
    }
  throw unreachable(reasons);
}

/** The answer of a query as the port wants it: null is absence, and who cannot be asked proves nothing. */
export async function presence<T>(query: () => Promise<T | null>): Promise<Presence<T>> {
  try {
    const value = await query();
    return value === null ? absent : present(value);
  } catch (error) {
    if (hasCode(error, 'chain.unreachable') || hasCode(error, 'chain.wrong-chain'))
      return unknown(sentenceOf(error));
    throw error;
  }
}

/** The limit covers the whole answer: a node that stops in the middle of a body counts as down. */
function transport(url: string, timeoutMs: number) {
  return http(url, {
    retryCount: 0,
    timeout: 0,
    fetchFn: (input, init) => fetch(input, { ...init, signal: AbortSignal.timeout(timeoutMs) }),
  });
}

function unreachable(reasons: readonly string[]): BlockhostError {
  return new BlockhostError('chain.unreachable', `The chain cannot be reached (${reasons.join('; ')}).`, {
    remedy: 'Check the network and blockchain.rpc_url (in web3-defaults.yaml, or the answers of a set-up).',
  });
}

function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return until(new Promise((resolve) => setTimeout(resolve, ms)), signal);
}

/** `work`, or the signal's reason as soon as it aborts. */
async function until<T>(work: Promise<T>, signal?: AbortSignal): Promise<T> {
  if (!signal) return work;
  const { promise: aborted, reject } = Promise.withResolvers<never>();
  const abort = () => reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
