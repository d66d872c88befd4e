import { BlockhostError, type SuspendReason } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { suspendVm } from '../../vms/suspend-vm.js';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmSuspend extends VmCommand {
  static override summary = 'Take a VM off, for another reason than money';
  static override description =
    'Asks it to shut down, powers it off when it does not within three minutes, and records the reason. Neither a payment ' +
    'nor garbage collection touches it until `vm resume`.';
  static override examples = [
    '<%= config.bin %> <%= command.id %> blockhost-001 --reason abuse',
    '<%= config.bin %> <%= command.id %> blockhost-001 --dry-run',
  ];
  static override args = { name: vmName };
  static override flags = {
    reason: Flags.string({ summary: 'why', options: ['admin', 'abuse'], default: 'admin' }),
    'dry-run': Flags.boolean({ summary: 'only say what would be' }),
  };
  static override enableJsonFlag = true;

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmSuspend);
    const services = await this.services();
    const reason = flags.reason as SuspendReason;
    await this.onVm(args.name, 'suspend-vm', async (run) => {
      const vm = await this.live(services.vms, args.name);
      if (vm.status === 'creating')
        throw new BlockhostError('vm.creating', `${vm.name} is being made.`, {
          remedy: 'Wait until it stands, or cancel its order.',
          exitCode: 5,
        });
      const dryRun = flags['dry-run'];
      if (!dryRun) await suspendVm(vm, reason, services, run);
      this.result(
        { name: vm.name, reason, dryRun },
        dryRun ? `${vm.name} would be suspended (${reason}).` : `${vm.name} is suspended (${reason}).`,
      );
    });
  }
}
