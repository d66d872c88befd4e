import { setTimeout as delay } from 'node:timers/promises';
import {
  type ChainEngine,
  createHostConfig,
  type Hex,
  type Logger,
  present,
  type Scan,
} from '@blockhost/kernel';
import { FakeChain, reportMeasurement } from '@blockhost/kernel/testing';
import type { Host } from '../pipeline/host.js';
import { TestHost } from '../test-host.js';
import { Scanner } from './scanner.js';

/**
 * How fast the monitor catches up, against a bare loop that fetches the same logs in the same spans, and what it keeps in
 * memory (quality.md section 3: at least 80 % of the rate; memory flat over 100,000 events).
 */
const SPAN = 2_000;
/** What a scan of that many blocks takes at a node nearby. */
const ANSWER_MS = 20;

const hashOf = (height: number): Hex => `0x${height.toString(16).padStart(64, '0')}`;
const blockAt = (height: number) => ({
  height,
  hash: hashOf(height),
  parentHash: hashOf(height - 1),
  timestamp: height,
});

/** A chain of `length` blocks with a purchase in every `each`th: made up when asked for, nothing is kept. */
function chainOf(length: number, each: number, scanned: (to: number) => Promise<void> | void): ChainEngine {
  const purchase = (height: number): Scan['events'][number] => ({
    type: 'subscription-created',
    subscriptionId: BigInt(height),
    planId: 1n,
    subscriber: '0x00000000000000000000000000000000000000aa',
    expiresAt: 2_000_000_000,
    paidAmount: 1n,
    paymentToken: null,
    userEncrypted: `0x${'ab'.repeat(160)}`,
    height,
    blockHash: hashOf(height),
    transactionHash: hashOf(height),
    transactionIndex: 0,
    logIndex: 0,
  });
  const blocks: ChainEngine['blocks'] = {
    head: async () => present(blockAt(length)),
    at: async (height) => present(blockAt(height)),
    scan: async (from, to) => {
      await scanned(to);
      const events: Scan['events'][number][] = [];
      for (let height = Math.ceil(from / each) * each; height <= to; height += each)
        if (height > 0) events.push(purchase(height));
      return { tip: blockAt(to), events, undecodable: [] };
    },
  };
  return Object.assign(Object.create(new FakeChain()), { blocks });
}

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, with: () => silent };

/** Milliseconds from the first block to the last. */
async function monitorReads(chain: ChainEngine, length: number, each: number): Promise<number> {
  const base = await TestHost.create();
  const config = createHostConfig({ paths: base.paths });
  // A scanner creates no VM.
  const provisioner = {} as Host['provisioner'];
  try {
    const scanner = new Scanner({ ...base, provisioner, chain, rootAgent: null, config, log: silent });
    const start = performance.now();
    const { cursor } = await scanner.tick(new AbortController().signal);
    const ms = performance.now() - start;
    const taken = await base.database('pipeline_entries').count({ count: '*' }).first();
    if (cursor !== length || taken?.count !== Math.floor(length / each))
      throw new Error(`read to ${cursor}, took ${taken?.count}`);
    return ms;
  } finally {
    await base.dispose();
  }
}

async function loopReads(chain: ChainEngine, length: number): Promise<number> {
  const start = performance.now();
  for (let from = 0; from <= length; from += SPAN)
    await chain.blocks.scan(from, Math.min(from + SPAN - 1, length));
  return performance.now() - start;
}

for (const [what, each] of [
  ['a purchase in 2,000 blocks', 2_000],
  ['a purchase in 200 blocks', 200],
] as const) {
  const length = 200_000;
  const chain = chainOf(length, each, async () => void (await delay(ANSWER_MS)));
  await monitorReads(
    chainOf(20_000, each, () => {}),
    20_000,
    each,
  );
  const loop = await loopReads(chain, length);
  const monitor = await monitorReads(chain, length, each);
  const perSecond = (ms: number) => (length * 1000) / ms;
  reportMeasurement({
    what: `monitor catch-up, ${what}`,
    value: perSecond(monitor),
    unit: 'blocks/s',
    reference: { what: 'bare loop', value: perSecond(loop) },
    budget: { ofReference: 0.8 },
  });
}

const EVENTS = 100_000;
/** After a tenth of the events, three tenths and so on. */
const heapMb: number[] = [];
const chain = chainOf(EVENTS, 1, (to) => {
  if (to < ((heapMb.length + 0.5) * EVENTS) / 5) return;
  globalThis.gc?.();
  heapMb.push(process.memoryUsage().heapUsed / 2 ** 20);
});
const ms = await monitorReads(chain, EVENTS, 1);
reportMeasurement({ what: 'monitor takes purchases', value: (EVENTS * 1000) / ms, unit: 'per second' });
reportMeasurement({
  what: 'monitor heap after 90,000 events',
  value: heapMb.at(-1) ?? Number.NaN,
  unit: 'MiB',
  reference: { what: 'after 10,000', value: heapMb[0] ?? Number.NaN },
  budget: { aboveReference: 5 },
});
