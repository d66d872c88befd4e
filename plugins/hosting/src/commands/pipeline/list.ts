import { BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { type Entry, toEntry } from '../../pipeline/entry.js';
import { publicEntry } from '../../pipeline/public-entry.js';

export default class PipelineList extends BlockhostCommand {
  static override summary = 'List what the monitor works on, what waits and what is over';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(PipelineList);
    const database = await this.get(DATABASE);
    const entries: Entry[] = (await database('pipeline_entries').orderBy('seq')).map(toEntry);
    const active = entries.find(({ state }) => state === 'active');
    const queue = entries.filter(({ state }) => state === 'queued');
    const history = entries
      .filter(({ completedAt }) => completedAt !== null)
      .sort((a, b) => (b.completedAt ?? 0) - (a.completedAt ?? 0));
    const open = [...(active ? [active] : []), ...queue];
    this.result(
      {
        active: active ? publicEntry(active) : null,
        queue: queue.map(publicEntry),
        history: history.map(publicEntry),
      },
      [...open, ...history].map((entry) =>
        [
          entry.id,
          entry.needsOperator ? 'needs-operator' : entry.state,
          entry.failedStage ?? entry.stage,
          entry.vmName,
          entry.lastError ?? '',
        ].join('\t'),
      ),
    );
  }
}
