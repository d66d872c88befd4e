import { dryRun, FundCommand } from '../../funds/fund-command.js';

export default class FundsRun extends FundCommand {
  static override summary = 'Collect what customers paid and pay it out now';
  static override description =
    'The monitor does this every day by itself. What an earlier run began is brought to an end first. Ends with 4 while the monitor works on a subscription.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override enableJsonFlag = true;
  static override flags = { 'dry-run': dryRun };

  async run(): Promise<void> {
    const { flags } = await this.parse(FundsRun);
    await this.perform('fund-cycle', flags['dry-run']);
  }
}
