import { BlockhostError } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { AdminCommand } from '../../admin/admin-command.js';
import { closeKnocks } from '../../admin/close-knocks.js';

export default class AdminClose extends AdminCommand {
  static override summary = 'Close ports that the administrator has opened';
  static override description =
    'The monitor closes them within seconds; without a monitor this command does.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> 0011223344556677',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override enableJsonFlag = true;
  static override usage = '<%= command.id %> KNOCK | --all';
  static override args = {
    knock: Args.string({ name: 'KNOCK', description: 'as printed by `admin knocks`' }),
  };
  static override flags = { all: Flags.boolean({ summary: 'close every knock' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(AdminClose);
    if ((args.knock === undefined) !== Boolean(flags.all))
      throw new BlockhostError('command.usage', 'Give one knock, or --all.', { exitCode: 2 });
    const closed = await closeKnocks(args.knock ?? null, await this.knockHost(), this.signal);
    this.progress(closed.length === 0 ? 'No knock is open.' : `${closed.length} closed.`);
    this.result({ closed }, closed);
  }
}
