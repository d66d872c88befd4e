import { dryRun, FundCommand } from '../../funds/fund-command.js';

export default class FundsGasCheck extends FundCommand {
  static override summary = 'See to it now that the wallets of this host can pay fees';
  static override description =
    'Fills the hot wallet up from the server, and sells some stablecoin of the server when its coin runs short, at most once in six hours.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> --dry-run',
    '<%= config.bin %> <%= command.id %>',
  ];
  static override enableJsonFlag = true;
  static override flags = { 'dry-run': dryRun };

  async run(): Promise<void> {
    const { flags } = await this.parse(FundsGasCheck);
    await this.perform('gas-check', flags['dry-run']);
  }
}
