import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { requireEntry } from '../../pipeline/operate.js';
import { publicEntry } from '../../pipeline/public-entry.js';
import { shownTime } from '../../status/shown-time.js';

/** Milliseconds since the epoch in an entry; expiries are seconds (engine.md 3.4). */
const MOMENTS = ['received_at', 'updated_at', 'completed_at', 'next_attempt_at'];
const EXPIRIES = ['expires_at', 'superseded_expires_at'];

export default class PipelineShow extends BlockhostCommand {
  static override summary = 'Show everything about one entry of the pipeline';
  static override examples = ['<%= config.bin %> <%= command.id %> create:42'];
  static override enableJsonFlag = true;
  static override args = {
    id: Args.string({ name: 'ID', description: 'as printed by `pipeline list`', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PipelineShow);
    const shown = publicEntry(await requireEntry(await this.get(DATABASE), args.id));
    const lines = Object.entries(shown).map(([field, value]) => {
      return `${field.padEnd(22)} ${textOf(field, value)}`;
    });
    this.result(shown, lines);
  }
}

function textOf(field: string, value: unknown): string {
  if (value === null || value === undefined) return '-';
  if (typeof value === 'object') return JSON.stringify(value);
  if (typeof value === 'number' && value > 0) {
    if (MOMENTS.includes(field)) return shownTime(value);
    if (EXPIRIES.includes(field)) return shownTime(value * 1_000);
  }
  return String(value);
}
