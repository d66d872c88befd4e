import { CLOCK } from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { dropEntry } from '../../pipeline/operate.js';

export default class PipelineDrop extends BlockhostCommand {
  static override summary = 'Take an entry out of the pipeline for good';
  static override description =
    'What was made for it stays: destroy its VM with `vm destroy` if there is one.';
  static override examples = ['<%= config.bin %> <%= command.id %> create:42'];
  static override enableJsonFlag = true;
  static override args = {
    id: Args.string({ name: 'ID', description: 'as printed by `pipeline list`', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PipelineDrop);
    await dropEntry(await this.get(DATABASE), args.id, (await this.get(CLOCK)).now());
    this.progress(`${args.id} is dropped.`);
    this.result({ id: args.id, state: 'cancelled' }, []);
  }
}
