import { BlockhostError } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { powerOn } from '../../vms/power-on.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmStart extends VmCommand {
  static override summary = 'Power a VM on';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001'];
  static override enableJsonFlag = true;
  static override args = { name: vmName };
  static override flags = { force: Flags.boolean({ summary: 'also when it is suspended' }) };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmStart);
    const { vms, provisioner } = await this.services();
    await this.onVm(args.name, 'start', async (run) => {
      const vm = await this.live(vms, args.name);
      if (vm.status === 'suspended' && !flags.force)
        throw new BlockhostError(
          'vm.suspended',
          `${args.name} is suspended (${vm.suspendReason ?? 'expiry'}).`,
          {
            remedy: 'Extend the subscription, resume it with `blockhost vm resume`, or say --force.',
            exitCode: 5,
          },
        );
      await run.step('want', () => vms.setPower(vm.name, 'on'));
      await run.step('start-vm', () => powerOn(vm, { provisioner }, run));
    });
    this.result({ name: args.name, power: 'on' }, []);
  }
}
