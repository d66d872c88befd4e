import { createHash } from 'node:crypto';
import { open, readdir, readFile, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { makeFolder, type Paths, type VmIdentity } from '@blockhost/kernel';
import type { MetricName } from '../rules/metric.js';
import { metricNames } from '../rules/metric.js';
import type { Span } from './sample-ring.js';

/** Milliseconds that one line of the history covers. */
export const SLOT_MS = 300_000;
const DAY_MS = 86_400_000;
const KEPT_DAYS = 30;

/** What a VM used in five minutes. */
export interface HistoryLine {
  /** ISO 8601 UTC; the beginning. */
  readonly at: string;
  /** Mean and most, in the metric's unit, and of how many samples; those that were known. */
  readonly metrics: Readonly<
    Partial<Record<MetricName, readonly [mean: number, most: number, samples: number]>>
  >;
}

/**
 * Thirty days of five-minute figures below `$STATE/watchdog/history`, one file of JSON lines per VM and day: the figures
 * of a VM are read without those of the others, an old day goes as a whole, and a line that a crash has torn costs itself.
 * They lie in no database, whose writers would wait for thousands of lines that no business depends on.
 */
export class HistoryFiles {
  constructor(private readonly paths: Pick<Paths, 'state'>) {}

  private get base(): string {
    return join(this.paths.state, 'watchdog', 'history');
  }

  /** The next VM of the same name has another folder. */
  private folder({ name, operationId }: VmIdentity): string {
    return join(this.base, `${name}.${createHash('sha256').update(operationId).digest('hex').slice(0, 12)}`);
  }

  /** Durable when it resolves. `spans` are in the order of the metrics; nothing known is nothing written. */
  async add(vm: VmIdentity, at: number, spans: readonly (Span | null)[]): Promise<void> {
    const metrics = Object.fromEntries(
      spans.flatMap((span, index) => {
        const name = metricNames[index];
        return span && name ? [[name, [round(span.mean), round(span.most), span.samples]]] : [];
      }),
    );
    if (Object.keys(metrics).length === 0) return;
    await makeFolder(this.folder(vm), 0o750);
    const line = { at: new Date(at).toISOString(), metrics };
    const file = await open(join(this.folder(vm), `${dayOf(at)}.jsonl`), 'a+', 0o640);
    try {
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
      const isTorn = size > 0 && buffer[0] !== 0x0a;
      await file.appendFile(`${isTorn ? '\n' : ''}${JSON.stringify(line)}\n`);
      await file.datasync();
    } finally {
      await file.close();
    }
  }

  /** Lines of a VM from `since` on, oldest first; what was written in parts is one line. */
  async read(vm: VmIdentity, since: number): Promise<readonly HistoryLine[]> {
    const folder = this.folder(vm);
    const files = (await entriesOf(folder)).filter((name) => name >= `${dayOf(since)}.jsonl`).sort();
    const lines = new Map<string, HistoryLine>();
    for (const file of files)
      for (const text of (await readFile(join(folder, file), 'utf8')).split('\n')) {
        const line = parse(text);
        if (line === null || Date.parse(line.at) + SLOT_MS <= since) continue;
        const known = lines.get(line.at);
        lines.set(line.at, known ? joined(known, line) : line);
      }
    return [...lines.values()].sort((one, other) => (one.at < other.at ? -1 : 1));
  }

  /** Removes days older than thirty. */
  async forget(now: number): Promise<void> {
    const oldest = `${dayOf(now - KEPT_DAYS * DAY_MS)}.jsonl`;
    for (const name of await entriesOf(this.base)) {
      const folder = join(this.base, name);
      const files = await entriesOf(folder);
      for (const file of files) if (file < oldest) await rm(join(folder, file), { force: true });
      if (files.every((file) => file < oldest)) await rmdir(folder).catch(() => {});
    }
  }
}

function parse(text: string): HistoryLine | null {
  try {
    const line = JSON.parse(text) as HistoryLine;
    return Number.isNaN(Date.parse(line.at)) || typeof line.metrics !== 'object' ? null : line;
  } catch {
    return null;
  }
}

/** A slot in which the watchdog was restarted has a line of each process. */
function joined(one: HistoryLine, other: HistoryLine): HistoryLine {
  const metrics = { ...one.metrics };
  for (const name of metricNames) {
    const [a, b] = [one.metrics[name], other.metrics[name]];
    if (!b) continue;
    const samples = (a?.[2] ?? 0) + b[2];
    const mean = ((a?.[0] ?? 0) * (a?.[2] ?? 0) + b[0] * b[2]) / samples;
    metrics[name] = [round(mean), Math.max(a?.[1] ?? 0, b[1]), samples];
  }
  return { at: one.at, metrics };
}

async function entriesOf(folder: string): Promise<string[]> {
  return readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
}

const round = (value: number): number => Math.round(value * 10) / 10;

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10);
