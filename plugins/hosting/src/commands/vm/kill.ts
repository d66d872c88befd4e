import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmKill extends VmCommand {
  static override summary = 'Power a VM off at once';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override enableJsonFlag = true;
  static override args = { name: vmName };

  async run(): Promise<void> {
    const { args } = await this.parse(VmKill);
    const { vms, provisioner } = await this.services();
    await this.onVm(args.name, 'kill', async (run) => {
      const vm = await this.live(vms, args.name);
      await run.step('want', () => vms.setPower(vm.name, 'off'));
      await provisioner.kill(vm, run);
    });
    this.result({ name: args.name, power: 'off' }, []);
  }
}
