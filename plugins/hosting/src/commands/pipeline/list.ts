import { alignColumns, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { type Entry, toEntry } from '../../pipeline/entry.js';
import { publicEntry } from '../../pipeline/public-entry.js';
import { waitingLine } from '../../pipeline/waiting-line.js';

/** Longer reasons are for `pipeline show`. */
const REASON_WIDTH = 100;

export default class PipelineList extends BlockhostCommand {
  static override summary = 'List what the monitor works on, what waits and what is over';
  static override description =
    'What is worked on comes first, then what waits in its order, then what is over, the youngest first. `needs-operator` waits for you: see `pipeline show`, then `pipeline retry` or `pipeline drop`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(PipelineList);
    const database = await this.get(DATABASE);
    const entries: Entry[] = (await database('pipeline_entries').orderBy('seq')).map(toEntry);
    const places = new Map((await waitingLine(database)).map((place) => [place.id, place]));
    const active = entries.find(({ state }) => state === 'active');
    const queue = entries.filter(({ state }) => state === 'queued');
    const history = entries
      .filter(({ completedAt }) => completedAt !== null)
      .sort((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
    const rows = [...(active ? [active] : []), ...queue, ...history].map((entry) => [
      entry.id,
      entry.needsOperator ? 'needs-operator' : entry.state,
      String(places.get(entry.id)?.position ?? '-'),
      entry.failedStage ?? entry.stage,
      entry.vmName,
      reason(entry),
    ]);
    if (rows.length === 0) this.progress('The pipeline is empty.');
    this.result(
      {
        active: active ? publicEntry(active) : null,
        queue: queue.map((entry) => ({
          ...publicEntry(entry),
          position: places.get(entry.id)?.position ?? null,
          estimate_ms: places.get(entry.id)?.estimateMs ?? null,
        })),
        history: history.map(publicEntry),
      },
      rows.length === 0 ? [] : alignColumns([['ID', 'STATE', 'PLACE', 'STAGE', 'VM', 'REASON'], ...rows]),
    );
  }
}

function reason({ lastError }: Entry): string {
  const text = lastError ?? '';
  return text.length > REASON_WIDTH ? `${text.slice(0, REASON_WIDTH - 1)}…` : text;
}
