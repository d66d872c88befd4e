import {
  type Block,
  BlockhostError,
  type ChainEvent,
  failpoint,
  type Hex,
  hasCode,
  type Scan,
} from '@blockhost/kernel';
import { enqueue, type OrderEvent } from '../pipeline/enqueue.js';
import type { Host } from '../pipeline/host.js';
import { ChunkSize } from './chunk-size.js';
import { type Cursor, CursorStore, keepDeadLetter } from './cursor.js';
import { markOrphans, settleOrphans } from './orphans.js';
import { startAfresh } from './start-afresh.js';

/** What one look at the chain found. */
export interface Tick {
  readonly head: number;
  readonly cursor: number;
  readonly enqueued: number;
}

/** Places where a crash test may kill the monitor between its durable writes. */
export const monitorFailpoints = ['scan', 'store', 'rewind'].flatMap((step) => [
  `monitor.${step}:before`,
  `monitor.${step}:after`,
]);

/** Two reads that far apart must agree before a hash counts as lost: replicas of a node may differ for a moment. */
const REREAD_MS = 2_000;

/**
 * Reads the chain from the durable cursor to the safe head, chunk by chunk. The events of a chunk and the cursor are
 * stored in one transaction, so that a crash loses and doubles nothing.
 */
export class Scanner {
  readonly #cursors: CursorStore;
  readonly #chunk: ChunkSize;
  readonly #deployHeight: number;

  constructor(
    private readonly host: Host,
    options: { readonly largestChunk?: number } = {},
  ) {
    const { id, contracts } = host.chain.chain;
    if (contracts === null)
      throw new BlockhostError('hosting.not-set-up', 'This host has no contracts on the chain yet.', {
        remedy: 'Run `blockhost setup` first.',
      });
    this.#cursors = new CursorStore(host.database, id, contracts.subscriptions);
    this.#chunk = new ChunkSize(options.largestChunk);
    this.#deployHeight = contracts.deployHeight;
  }

  /** Starts afresh, and says so, when this database served another chain or other contracts before. */
  async announce(): Promise<void> {
    const { database, clock, log } = this.host;
    const others = await this.#cursors.others();
    if (others.length === 0 || (await this.#cursors.read()) !== null) return;
    for (const other of others)
      log.error('this host served other contracts before; their VMs stay, their events are not read', {
        ...other,
      });
    await database.transaction(async (tx) => {
      await startAfresh(tx, clock.now());
      await this.#cursors.move(tx, { height: this.#deployHeight - 1, hash: null }, clock.now());
    });
  }

  /**
   * One look: everything new up to the safe head. A head below the cursor is a node that lags, not a reorganisation.
   * Throws `chain.unreachable`; whatever was stored until then stays.
   */
  async tick(signal: AbortSignal): Promise<Tick> {
    const { chain } = this.host;
    const head = reached(await chain.blocks.head(signal));
    const safe = head.height - (chain.chain.confirmations - 1);
    let cursor = (await this.#cursors.read()) ?? { height: this.#deployHeight - 1, hash: null };
    let enqueued = 0;
    while (cursor.height < safe) {
      signal.throwIfAborted();
      const to = Math.min(cursor.height + this.#chunk.blocks, safe);
      failpoint('monitor.scan:before');
      const scan = await this.scan(cursor.height + 1, to, signal);
      // After the scan, never beside it: blocks replaced in between would be read from neither history.
      const canonical = await this.isCanonical(cursor, signal);
      failpoint('monitor.scan:after');
      if (!canonical) {
        cursor = await this.rewind(cursor, signal);
        continue;
      }
      if (scan === null) continue;
      enqueued += await this.store(scan);
      cursor = { height: scan.tip.height, hash: scan.tip.hash };
    }
    if (cursor.height === safe && !(await this.isCanonical(cursor, signal)))
      cursor = await this.rewind(cursor, signal);
    else await settleOrphans(this.host, cursor.height);
    return { head: head.height, cursor: cursor.height, enqueued };
  }

  /** null when the span was too large; the next one is smaller. */
  private async scan(from: number, to: number, signal: AbortSignal): Promise<Scan | null> {
    try {
      const scan = await this.host.chain.blocks.scan(from, to, signal);
      this.#chunk.succeeded();
      return scan;
    } catch (error) {
      if (hasCode(error, 'chain.range-too-large') && this.#chunk.refused()) return null;
      throw error;
    }
  }

  private async isCanonical({ height, hash }: Cursor, signal: AbortSignal): Promise<boolean> {
    if (hash === null || (await this.hashAt(height, signal)) === hash) return true;
    await this.host.clock.sleep(REREAD_MS, signal);
    return (await this.hashAt(height, signal)) === hash;
  }

  private async hashAt(height: number, signal: AbortSignal): Promise<Hex> {
    return reached(await this.host.chain.blocks.at(height, signal)).hash;
  }

  private async store({ tip, events, undecodable }: Scan): Promise<number> {
    const { database, clock, log } = this.host;
    const now = clock.now();
    const outcomes: { readonly event: OrderEvent; readonly outcome: string }[] = [];
    failpoint('monitor.store:before');
    await database.transaction(async (tx) => {
      for (const event of events)
        if (isOrder(event)) outcomes.push({ event, outcome: await enqueue(tx, event, now) });
      for (const letter of undecodable) await keepDeadLetter(tx, letter, now);
      await this.#cursors.move(tx, tip, now);
    });
    failpoint('monitor.store:after');
    for (const { event, outcome } of outcomes)
      log.info('event taken', { type: event.type, subscription: String(event.subscriptionId), outcome });
    for (const event of events)
      if (event.type === 'catalogue-changed')
        log.info('catalogue changed', { event: event.name, fields: event.fields });
    for (const letter of undecodable)
      log.error('a log of a known event cannot be decoded and was put aside', {
        transaction: letter.transactionHash,
        reason: letter.reason,
      });
    return outcomes.filter(({ outcome }) => outcome !== 'duplicate').length;
  }

  /** Walks back to the youngest block both histories share; what came from later ones is judged again. */
  private async rewind(lost: Cursor, signal: AbortSignal): Promise<Cursor> {
    const { database, clock, log } = this.host;
    const recent = await this.#cursors.recent();
    let common: Cursor | undefined;
    for (const block of recent) {
      if ((await this.hashAt(block.height, signal)) !== block.hash) continue;
      common = block;
      break;
    }
    if (!common) {
      const oldest = recent.at(-1)?.height ?? lost.height;
      const height = Math.max(this.#deployHeight - 1, oldest - 64);
      log.error('the chain was reorganised deeper than this host remembers', {
        from: lost.height,
        to: height,
      });
      common = { height, hash: null };
    }
    const ancestor = common;
    failpoint('monitor.rewind:before');
    const orphans = await database.transaction(async (tx) => {
      await this.#cursors.move(tx, ancestor, clock.now());
      return markOrphans(tx, ancestor.height, lost.height);
    });
    failpoint('monitor.rewind:after');
    log.warn('the chain was reorganised', { from: lost.height, to: ancestor.height, entries: orphans });
    return ancestor;
  }
}

function isOrder(event: ChainEvent): event is OrderEvent {
  return (
    event.type === 'subscription-created' ||
    event.type === 'subscription-extended' ||
    event.type === 'subscription-cancelled'
  );
}

/** A block below the head that a node does not have is a node that lags. */
function reached(answer: Awaited<ReturnType<Host['chain']['blocks']['head']>>): Block {
  if (answer.kind === 'present') return answer.value;
  throw new BlockhostError(
    'chain.unreachable',
    answer.kind === 'unknown' ? answer.reason : 'The chain cannot be read: the node lags behind.',
  );
}
