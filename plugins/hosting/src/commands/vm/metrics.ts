import { BlockhostError } from '@blockhost/kernel';
import { Args, Flags } from '@blockhost/kernel/command';
import { measureVms } from '../../vms/measure-vms.js';
import { metricsRow } from '../../vms/metrics-row.js';
import { VmCommand } from '../../vms/vm-command.js';

export default class VmMetrics extends VmCommand {
  static override summary = 'Print what a VM uses, or all of them, as JSON';
  static override description =
    'Figures of -1 cannot be known. Never waits for the guest. --all prints one object by the names of the active VMs; those ' +
    'that cannot be measured are left out and told, and it ends with 1.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> blockhost-001',
    '<%= config.bin %> <%= command.id %> --all',
  ];
  static override enableJsonFlag = true;
  static override args = { name: Args.string({ name: 'NAME', description: 'name of the VM' }) };
  static override flags = { all: Flags.boolean({ summary: 'of every active VM' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmMetrics);
    if (flags.all === (args.name !== undefined))
      throw new BlockhostError('vm.which', 'Name one VM, or say --all.', {
        remedy: 'List the VMs with `blockhost vm list`.',
        exitCode: 2,
      });
    const { vms, provisioner } = await this.services();
    this.require(provisioner, 'metrics');
    if (args.name !== undefined) {
      const figures = await provisioner.metrics?.(await this.live(vms, args.name));
      const row = figures ? metricsRow(figures) : {};
      return this.result(row, JSON.stringify(row));
    }
    const active = (await vms.list()).filter(({ status }) => status === 'active');
    const { figures, failed } = await measureVms(active, provisioner);
    const rows = Object.fromEntries([...figures].map(([name, figure]) => [name, metricsRow(figure)]));
    this.result(rows, JSON.stringify(rows));
    if (failed.length > 0)
      throw new BlockhostError('vm.metrics-incomplete', `${failed.length} VMs could not be measured.`, {
        facts: Object.fromEntries(failed.map(({ vm, reason }) => [vm, reason])),
        remedy: 'Look at the provisioner; the figures of the others are complete.',
      });
  }
}
