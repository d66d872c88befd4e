import {
  type Block,
  BlockhostError,
  type BlockReader,
  type HostContracts,
  type Scan,
} from '@blockhost/kernel';
import {
  BlockNotFoundError,
  formatLog,
  isHex,
  type Log,
  type Block as MinedBlock,
  numberToHex,
  type PublicClient,
} from 'viem';
import { type EvmAddress, known } from './address-codec.js';
import { decodeLog, knownTopics } from './event-decoder.js';
import { isHash } from './is-hash.js';
import { isRangeTooLarge, reasonOf } from './node-failure.js';
import { type Nodes, presence } from './nodes.js';

export function blockReader(nodes: Nodes, contracts: () => HostContracts): BlockReader {
  return {
    head: (signal) =>
      presence(async () => {
        const block = await nodes.ask(async (node) => blockOf(await node.getBlock()), signal);
        nodes.saw(block.height);
        return block;
      }),

    at: (height, signal) => presence(() => nodes.find((node) => blockAt(node, height), signal)),

    async scan(from, to, signal) {
      const { credentials, subscriptions } = contracts();
      const filter = {
        address: [known(credentials), known(subscriptions)],
        topics: [knownTopics],
        fromBlock: numberToHex(from),
        toBlock: numberToHex(to),
      };
      // Block and logs from one node: another one that is behind would answer an empty list for blocks it lacks.
      const found = await nodes.find(async (node) => {
        const tip = await blockAt(node, to);
        if (tip === null) return null;
        const logs: unknown = await node
          .request({ method: 'eth_getLogs', params: [filter] })
          .catch(refusedSpan(from, to));
        if (!Array.isArray(logs)) throw new Error('it answers no list of logs');
        return scanOf(
          tip,
          from,
          filter.address,
          logs.map((log) => formatLog(log)),
        );
      }, signal);
      if (found === null)
        throw new BlockhostError('chain.unreachable', `No node has block ${to} yet.`, {
          remedy: 'Try again later.',
        });
      return found;
    },
  };
}

/** null: this node knows no block of that height. */
export async function blockAt(node: PublicClient, height: number): Promise<Block | null> {
  try {
    const block = blockOf(await node.getBlock({ blockNumber: BigInt(height) }));
    if (block.height !== height) throw new Error(`it answers another block than ${height}`);
    return block;
  } catch (error) {
    if (error instanceof BlockNotFoundError) return null;
    throw error;
  }
}

/** Throws what makes another node be asked: this one's block is none. */
function blockOf({ number, hash, parentHash, timestamp }: MinedBlock<bigint, boolean, 'latest'>): Block {
  const [height, time] = [Number(number ?? -1n), Number(timestamp)];
  if (!isCount(height) || !isCount(time) || !isHash(hash) || !isHash(parentHash))
    throw new Error('it answers a block that is none');
  return { height, hash, parentHash, timestamp: time };
}

/** A node that answers logs nobody asked for, or of no block, is not believed in anything else either. */
function scanOf(tip: Block, from: number, contracts: readonly EvmAddress[], logs: readonly Log[]): Scan {
  const events: Scan['events'][number][] = [];
  const undecodable: Scan['undecodable'][number][] = [];
  const ours = new Set<string>(contracts.map((address) => address.toLowerCase()));
  for (const log of logs) {
    if (log.removed) continue;
    if (!isMined(log)) throw new Error('it answers a log of no block');
    const height = Number(log.blockNumber);
    if (!ours.has(String(log.address).toLowerCase()) || height < from || height > tip.height)
      throw new Error('it answers logs that it was not asked for');
    if (height === tip.height && log.blockHash !== tip.hash)
      throw new Error('its newest block was replaced while it was read');
    const decoded = decodeLog(log);
    if ('event' in decoded) events.push(decoded.event);
    else undecodable.push(decoded.undecodable);
  }
  events.sort(
    (a, b) => a.height - b.height || a.transactionIndex - b.transactionIndex || a.logIndex - b.logIndex,
  );
  return { tip, events, undecodable };
}

function isMined(log: Log): log is Log<bigint, number, false> {
  const { blockNumber, blockHash, transactionHash, transactionIndex, logIndex, topics, data } = log;
  return (
    blockNumber !== null &&
    isHash(blockHash) &&
    isHash(transactionHash) &&
    isCount(transactionIndex) &&
    isCount(logIndex) &&
    Array.isArray(topics) &&
    isHex(data)
  );
}

const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

function refusedSpan(from: number, to: number): (error: unknown) => never {
  return (error) => {
    if (!isRangeTooLarge(error)) throw error;
    throw new BlockhostError(
      'chain.range-too-large',
      `The node refuses to read blocks ${from} to ${to} at once: ${reasonOf(error)}.`,
      { remedy: 'Ask for fewer blocks.' },
    );
  };
}
