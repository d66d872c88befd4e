import { BlockhostError, VM_STORE } from '@blockhost/kernel';
import { VmdbCommand, vmArgument } from '../../vmdb/vmdb-command.js';

export default class VmdbRelease extends VmdbCommand {
  static override summary = 'Give back what was allocated for a VM that was not made';
  static override description =
    'Only when nothing of it is left on the hypervisor: its addresses go to others. Addresses in quarantine under its ' +
    'name are given back as well. Giving back twice is harmless.';
  static override examples = ['<%= config.bin %> <%= command.id %> shop-1'];
  static override args = { name: vmArgument };

  async run(): Promise<void> {
    const { args } = await this.parse(VmdbRelease);
    const vms = await this.get(VM_STORE);
    const record = await vms.get(args.name);
    if (record?.status === 'active' || record?.status === 'suspended')
      throw new BlockhostError(
        'vm-store.forbidden-transition',
        `${args.name} stands: its addresses are in use.`,
        {
          remedy: 'Once it is gone from the hypervisor: `blockhost-vmdb mark-destroyed`.',
          exitCode: 5,
        },
      );
    const isOpen = record?.status === 'creating';
    if (isOpen) await vms.abandon(args.name, record.operationId, 'free');
    const quarantined = await vms.releaseQuarantine(args.name);
    this.json({ vm_name: args.name, released: isOpen || quarantined > 0 });
  }
}
