/**
 * How fast the monitor catches up on a real node, against a bare loop that fetches the same logs from it in the same spans,
 * and what it keeps in memory (quality.md, section 3: at least 80 % of the rate; memory flat over 100,000 events).
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Logger } from '@blockhost/kernel';
import { DATABASE } from '@blockhost/kernel/store';
import { reportMeasurement } from '@blockhost/kernel/testing';
import { createPublicClient, type Hex, http, numberToHex } from 'viem';
import { DemoHost } from '../demo/host.js';
import { setUp } from '../demo/main-job.js';
import { until } from '../demo/until.js';
import { emitPurchases } from './event-emitter.js';

const EVENTS = 100_000;
const PER_BLOCK = 100;
/** As dense as this the monitor reads so many blocks at once. */
const SPAN = 50;

const silent: Logger = {
  debug() {},
  info() {},
  warn: console.error,
  error: console.error,
  with: () => silent,
};
const mebibytes = (bytes: number) => bytes / 2 ** 20;
const heap = () => {
  globalThis.gc?.();
  return mebibytes(process.memoryUsage().heapUsed);
};

const ready = await setUp(
  await DemoHost.create(await mkdtemp(join(tmpdir(), 'blockhost-catch-up-'))),
  () => {},
);
const { contracts } = ready.engine.chain;
if (!contracts) throw new Error('the host has no contracts');
const database = await ready.kernel.get(DATABASE);

/** An entry that is worked on and waits: those after it are only taken, not served. */
const hold = () =>
  database('pipeline_entries').insert({
    id: 'create:0',
    kind: 'create',
    state: 'active',
    subscription_id: '0',
    plan_id: '1',
    subscriber: '',
    vm_name: 'nobody',
    operation_id: 'nothing',
    transaction_hash: '0x',
    log_index: 0,
    height: 0,
    next_attempt_at: 9e15,
    received_at: 0,
    updated_at: 0,
  });

/** Milliseconds of a loop that does nothing but ask for the logs and read the answer. */
async function loopReads(head: number): Promise<number> {
  const address = [contracts?.credentials, contracts?.subscriptions];
  let logs = 0;
  const start = performance.now();
  for (let from = contracts?.deployHeight ?? 0; from <= head; from += SPAN) {
    const filter = {
      address,
      fromBlock: numberToHex(from),
      toBlock: numberToHex(Math.min(from + SPAN - 1, head)),
    };
    const response = await fetch(ready.devnet.rpcUrl, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'eth_getLogs', params: [filter] }),
    });
    const { result } = (await response.json()) as { result: readonly unknown[] };
    logs += result.length;
  }
  if (logs < EVENTS) throw new Error(`the loop read ${logs} logs`);
  return performance.now() - start;
}

/** Milliseconds of a loop that also decodes them, as the engine does, and keeps nothing. */
async function engineReads(head: number): Promise<number> {
  const start = performance.now();
  for (let from = contracts?.deployHeight ?? 0; from <= head; from += SPAN)
    await ready.engine.blocks.scan(from, Math.min(from + SPAN - 1, head));
  return performance.now() - start;
}

/** Milliseconds from the start of the daemon to the end of its first tick, and the heap on the way. */
async function monitorReads(head: number) {
  const monitor = await ready.kernel.import('hosting', 'daemons', 'monitor');
  const abort = new AbortController();
  const start = performance.now();
  const done = Promise.withResolvers<number>();
  const heaps = { start: heap(), early: Number.NaN, end: Number.NaN, peakRss: 0 };
  await monitor.start({
    signal: abort.signal,
    log: silent,
    fail: done.reject,
    status: (line) => {
      if (line.includes(`block ${head} `)) done.resolve(performance.now() - start);
    },
  });
  const watch = until('the monitor', 600_000, async () => {
    heaps.peakRss = Math.max(heaps.peakRss, mebibytes(process.memoryUsage().rss));
    const cursor = await database('chain_cursors').first('height');
    if (Number.isNaN(heaps.early) && cursor?.height >= head / 5) heaps.early = heap();
    return cursor?.height >= head ? true : null;
  });
  const ms = await done.promise;
  await watch;
  heaps.end = heap();
  abort.abort(new Error('it has caught up'));
  await monitor.stop();
  const [{ count = 0 } = {}] = await database('pipeline_entries').where('seq', '>', 1).count({ count: '*' });
  if (count !== EVENTS) throw new Error(`the monitor took ${count} purchases`);
  return { ms, ...heaps };
}

try {
  const node = createPublicClient({ transport: http(ready.devnet.rpcUrl, { timeout: 60_000 }) });
  const begun = performance.now();
  await emitPurchases(node, contracts.subscriptions as Hex, {
    count: EVENTS,
    each: PER_BLOCK,
  });
  const head = Number(await node.getBlockNumber({ cacheTime: 0 }));
  console.log(
    `${EVENTS} purchases in ${head} blocks, made in ${Math.round((performance.now() - begun) / 1_000)} s`,
  );
  await hold();
  await loopReads(head);
  const rss = mebibytes(process.memoryUsage().rss);
  const loop = await loopReads(head);
  const engine = await engineReads(head);
  const monitor = await monitorReads(head);
  const perSecond = (ms: number) => (EVENTS * 1_000) / ms;
  reportMeasurement({
    what: 'monitor catch-up, 100,000 purchases',
    value: perSecond(monitor.ms),
    unit: 'events/s',
    reference: { what: 'bare loop', value: perSecond(loop) },
    budget: { ofReference: 0.8 },
  });
  reportMeasurement({
    what: 'monitor catch-up, logs decoded',
    value: perSecond(monitor.ms),
    unit: 'events/s',
    reference: { what: 'loop that decodes', value: perSecond(engine) },
  });
  reportMeasurement({
    what: 'monitor heap after 100,000 events',
    value: monitor.end,
    unit: 'MiB',
    reference: { what: 'after 20,000', value: monitor.early },
    budget: { aboveReference: 5 },
  });
  reportMeasurement({
    what: 'monitor RSS at its peak',
    value: monitor.peakRss,
    unit: 'MiB',
    reference: { what: 'before', value: rss },
  });
} finally {
  await ready.host.stop();
  await ready.stop();
  await rm(ready.host.root, { recursive: true, force: true });
}
