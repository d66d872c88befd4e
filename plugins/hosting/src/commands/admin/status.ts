import { AdminCommand } from '../../admin/admin-command.js';
import { adminReport } from '../../admin/admin-report.js';
import { orderCells } from '../../admin/order-cells.js';

export default class AdminStatus extends AdminCommand {
  static override summary = 'Tell whether the administrator’s commands work on this host, and how';
  static override description =
    'Commands are transactions of the administrator’s wallet. Their names are secret and not shown.';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(AdminStatus);
    const report = await adminReport(await this.reportHost());
    const rows: [string, string | number | null][] = [
      ['commands', report.on ? 'on' : 'off'],
      ['mode', report.mode],
      ['administrator', report.administrator],
      ['sent to', report.destination],
      ['valid for', report.maxCommandAgeSeconds === null ? null : `${report.maxCommandAgeSeconds} s`],
      ['known commands', report.commands],
      ['open knocks', report.openKnocks],
      ['last order', report.lastOrder && orderCells(report.lastOrder).join('  ').trimEnd()],
      ...report.problems.map((problem): [string, string] => ['problem', problem]),
    ];
    this.result(
      report,
      rows.map(([name, value]) => `${name.padEnd(14)} ${value ?? '-'}`),
    );
  }
}
