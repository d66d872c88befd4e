import { BlockhostError, PROVISIONER } from '@blockhost/kernel';
import { BlockhostCommand } from '@blockhost/kernel/command';
import { vmLine } from '../../vm-line.js';

export default class DemoToolList extends BlockhostCommand {
  static override summary = 'List the VMs that the provisioner knows';
  static override examples = [
    '<%= config.bin %> <%= command.id %>',
    '<%= config.bin %> <%= command.id %> --json',
  ];
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    await this.parse(DemoToolList);
    const provisioner = await this.get(PROVISIONER);
    const vms = await provisioner.list();
    if (vms.kind !== 'present')
      throw new BlockhostError('demo-tool.no-answer', 'The provisioner does not say which VMs there are.', {
        ...(vms.kind === 'unknown' ? { facts: { reason: vms.reason } } : {}),
        remedy: 'Try again when it answers.',
      });
    this.result(vms.value, vms.value.map(vmLine));
  }
}
