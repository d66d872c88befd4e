import { CLOCK } from '@blockhost/kernel';
import { Args, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { retryEntry } from '../../pipeline/operate.js';

export default class PipelineRetry extends BlockhostCommand {
  static override summary = 'Put a failed entry back at the stage that failed';
  static override description =
    'An entry that waits is tried at once. The monitor takes it at its next look.';
  static override examples = ['<%= config.bin %> <%= command.id %> create:42'];
  static override enableJsonFlag = true;
  static override args = {
    id: Args.string({ name: 'ID', description: 'as printed by `pipeline list`', required: true }),
  };

  async run(): Promise<void> {
    const { args } = await this.parse(PipelineRetry);
    await retryEntry(await this.get(DATABASE), args.id, (await this.get(CLOCK)).now());
    this.progress(`${args.id} is queued again.`);
    this.result({ id: args.id, state: 'queued' }, []);
  }
}
