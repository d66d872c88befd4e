import { alignColumns, BlockhostCommand } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';

export default class MonitorDeadLetters extends BlockhostCommand {
  static override summary = 'List events that could not be read or taken';
  static override description =
    'The monitor went on without them. --json shows their content too. When the reason is gone, take them with `monitor retry`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(MonitorDeadLetters);
    const database = await this.get(DATABASE);
    const letters = (await database('dead_letters').orderBy('id')).map(({ received_at, ...letter }) => ({
      ...letter,
      received_at: new Date(received_at).toISOString(),
    }));
    if (letters.length === 0) this.progress('There are no dead letters.');
    const rows = letters.map(({ id, height, transaction_hash, reason }) => [
      String(id),
      String(height),
      transaction_hash,
      reason,
    ]);
    this.result(
      letters,
      rows.length === 0 ? [] : alignColumns([['ID', 'BLOCK', 'TRANSACTION', 'REASON'], ...rows]),
    );
  }
}
