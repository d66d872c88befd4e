import { type Block, BlockhostError, failpoint, type Hex, hasCode, type Scan } from '@blockhost/kernel';
import type { Host } from '../pipeline/host.js';
import { ChunkSize } from './chunk-size.js';
import { type Cursor, CursorStore } from './cursor.js';
import { Intake } from './intake.js';
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
  readonly cursors: CursorStore;
  /** How often blocks that were read turned out to be replaced. */
  rewinds = 0;
  readonly #chunk: ChunkSize;
  readonly #intake: Intake;
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
    this.cursors = new CursorStore(host.database, id, contracts.subscriptions);
    this.#chunk = new ChunkSize(options.largestChunk);
    this.#intake = new Intake(host);
    this.#deployHeight = contracts.deployHeight;
  }

  /** Starts afresh, and says so, when this database served another chain or other contracts before. */
  async announce(): Promise<void> {
    const { database, clock, log } = this.host;
    const others = await this.cursors.others();
    if (others.length === 0 || (await this.cursors.read()) !== null) return;
    for (const other of others)
      log.error('this host served other contracts before; their VMs stay, their events are not read', {
        ...other,
      });
    await database.transaction(async (tx) => {
      await startAfresh(tx, clock.now());
      await this.cursors.move(tx, { height: this.#deployHeight - 1, hash: null }, clock.now());
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
    let cursor = (await this.cursors.read()) ?? { height: this.#deployHeight - 1, hash: null };
    let enqueued = 0;
    let ahead: Promise<Scan | null> | null = null;
    while (cursor.height < safe) {
      signal.throwIfAborted();
      const scan: Scan | null = await (ahead ?? this.scanAfter(cursor.height, safe, signal));
      // The next span is on its way while this one is stored; what it failed with is thrown when its turn comes.
      ahead = scan && scan.tip.height < safe ? this.scanAfter(scan.tip.height, safe, signal) : null;
      ahead?.catch(() => {});
      if (scan === null) continue;
      // After the scan, never beside it: blocks replaced in between would be read from neither history.
      if (!(await this.isCanonical(cursor, signal))) {
        cursor = await this.rewind(cursor, signal);
        ahead = null;
        continue;
      }
      enqueued += await this.store(scan);
      cursor = { height: scan.tip.height, hash: scan.tip.hash };
    }
    if (cursor.height === safe && !(await this.isCanonical(cursor, signal)))
      cursor = await this.rewind(cursor, signal);
    else await settleOrphans(this.host, cursor.height);
    return { head: head.height, cursor: cursor.height, enqueued };
  }

  /** The span after `height`; null when it was too large, and the next one is smaller. */
  private async scanAfter(height: number, safe: number, signal: AbortSignal): Promise<Scan | null> {
    const to = Math.min(height + this.#chunk.blocks, safe);
    failpoint('monitor.scan:before');
    try {
      const scan = await this.host.chain.blocks.scan(height + 1, to, signal);
      failpoint('monitor.scan:after');
      this.#chunk.succeeded(to - height, scan.events.length);
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

  private async store(scan: Scan): Promise<number> {
    const { log } = this.host;
    failpoint('monitor.store:before');
    const taken = await this.#intake.take(scan, (tx, now) => this.cursors.move(tx, scan.tip, now));
    failpoint('monitor.store:after');
    for (const { event, outcome } of taken)
      log.info('event taken', { type: event.type, subscription: String(event.subscriptionId), outcome });
    for (const event of scan.events)
      if (event.type === 'catalogue-changed')
        log.info('catalogue changed', { event: event.name, fields: event.fields });
      else if (event.type === 'funds-withdrawn')
        log.info('funds withdrawn', {
          token_address: event.token,
          to: event.to,
          amount: String(event.amount),
        });
    return taken.filter(({ outcome }) => outcome !== 'duplicate').length;
  }

  /** Walks back to the youngest block both histories share; what came from later ones is judged again. */
  private async rewind(lost: Cursor, signal: AbortSignal): Promise<Cursor> {
    const { database, clock, log } = this.host;
    const recent = await this.cursors.recent();
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
      await this.cursors.move(tx, ancestor, clock.now());
      return markOrphans(tx, ancestor.height, lost.height);
    });
    failpoint('monitor.rewind:after');
    this.rewinds += 1;
    log.warn('the chain was reorganised', { from: lost.height, to: ancestor.height, entries: orphans });
    return ancestor;
  }
}

/** A block below the head that a node does not have is a node that lags. */
function reached(answer: Awaited<ReturnType<Host['chain']['blocks']['head']>>): Block {
  if (answer.kind === 'present') return answer.value;
  throw new BlockhostError(
    'chain.unreachable',
    answer.kind === 'unknown' ? answer.reason : 'The chain cannot be read: the node lags behind.',
  );
}
