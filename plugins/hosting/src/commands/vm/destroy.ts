import { destroyVm } from '../../vms/destroy-vm.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmDestroy extends VmCommand {
  static override summary = 'Destroy a VM and free its addresses';
  static override description =
    'Removes the VM and everything that belongs to it. A VM that is gone already is success. The addresses are free once the provisioner proved that nothing is left.';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override enableJsonFlag = true;
  static override args = { name: vmName };

  async run(): Promise<void> {
    const { args } = await this.parse(VmDestroy);
    const { vms, provisioner } = await this.services();
    await this.onVm(args.name, 'destroy', async (run) => {
      const record = await vms.get(args.name);
      if (record === null || record.status === 'destroyed') {
        this.progress(`There is no VM named ${args.name}; nothing to do.`);
        return;
      }
      await destroyVm(record, { vms, provisioner }, run);
      this.progress(`${args.name} is destroyed.`);
    });
    this.result({ name: args.name, status: 'destroyed' }, []);
  }
}
