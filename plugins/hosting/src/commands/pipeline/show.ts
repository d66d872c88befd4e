import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { requireEntry } from '../../pipeline/operate.js';
import { publicEntry } from '../../pipeline/public-entry.js';

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
      const text = typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value ?? '-');
      return `${field.padEnd(22)} ${text}`;
    });
    this.result(shown, lines);
  }
}
