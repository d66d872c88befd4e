import { alignColumns, Flags } from '@blockhost/kernel/command';
import { DATABASE } from '@blockhost/kernel/store';
import { AdminCommand } from '../../admin/admin-command.js';
import { orderCells } from '../../admin/order-cells.js';
import { recentOrders } from '../../admin/order-store.js';

export default class AdminLog extends AdminCommand {
  static override summary = 'List the administrator’s orders and what became of them';
  static override description = 'Youngest first.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --limit 5 --json',
  ];
  static override enableJsonFlag = true;
  static override flags = {
    limit: Flags.integer({ summary: 'how many', helpValue: 'N', default: 20, min: 1, max: 1_000 }),
  };

  async run(): Promise<void> {
    const { flags } = await this.parse(AdminLog);
    const orders = await recentOrders(await this.get(DATABASE), flags.limit);
    if (orders.length === 0) this.progress('There were no orders yet.');
    this.result(
      orders,
      orders.length === 0
        ? []
        : alignColumns([['TIME', 'TRANSACTION', 'STATE', 'ACTION', 'OUTCOME'], ...orders.map(orderCells)]),
    );
  }
}
