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
  type Log,
  type Block as MinedBlock,
  numberToHex,
  type PublicClient,
} from 'viem';
import { known } from './address-codec.js';
import { decodeLog, knownTopics } from './event-decoder.js';
import { isRangeTooLarge, reasonOf } from './node-failure.js';
import { type Nodes, presence } from './nodes.js';

export function blockReader(nodes: Nodes, contracts: () => HostContracts): BlockReader {
  return {
    head: (signal) =>
      presence(async () => {
        const block = blockOf(await nodes.ask((node) => node.getBlock(), signal));
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
        const logs = await node
          .request({ method: 'eth_getLogs', params: [filter] })
          .catch(refusedSpan(from, to));
        return scanOf(
          tip,
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

function blockOf({ number, hash, parentHash, timestamp }: MinedBlock<bigint, boolean, 'latest'>): Block {
  return { height: Number(number), hash, parentHash, timestamp: Number(timestamp) };
}

function scanOf(tip: Block, logs: readonly Log[]): Scan {
  const events: Scan['events'][number][] = [];
  const undecodable: Scan['undecodable'][number][] = [];
  for (const log of logs) {
    if (log.removed || !isMined(log)) continue;
    if (Number(log.blockNumber) === tip.height && log.blockHash !== tip.hash)
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
  return log.blockNumber !== null && log.logIndex !== null && log.transactionIndex !== null;
}

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
