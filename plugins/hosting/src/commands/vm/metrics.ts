import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmMetrics extends VmCommand {
  static override summary = 'Print what a VM uses, as JSON';
  static override description = 'Figures of -1 cannot be known. Never waits for the guest.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override enableJsonFlag = true;
  static override args = { name: vmName };

  async run(): Promise<void> {
    const { args } = await this.parse(VmMetrics);
    const { vms, provisioner } = await this.services();
    this.require(provisioner, 'metrics');
    const metrics = await provisioner.metrics?.(await this.live(vms, args.name));
    const named: Record<string, string> = {
      diskReadBytesPerSecond: 'disk_read_bytes_sec',
      diskWriteBytesPerSecond: 'disk_write_bytes_sec',
      netRxBytesPerSecond: 'net_rx_bytes_sec',
      netTxBytesPerSecond: 'net_tx_bytes_sec',
    };
    const row = Object.fromEntries(
      Object.entries(metrics ?? {}).map(([field, value]) => [named[field] ?? snakeCase(field), value]),
    );
    this.result(row, JSON.stringify(row));
  }
}

const snakeCase = (field: string) => field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
