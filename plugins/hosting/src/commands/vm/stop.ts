import { BlockhostError, hasCode } from '@blockhost/kernel';
import { Flags } from '@blockhost/kernel/command';
import { VmCommand, vmName } from '../../vms/vm-command.js';

export default class VmStop extends VmCommand {
  static override summary = 'Ask a VM to shut down and wait until it did';
  static override examples = ['<%= config.bin %> <%= command.id %> blockhost-001 --timeout 60 --kill-after'];
  static override enableJsonFlag = true;
  static override args = { name: vmName };
  static override flags = {
    timeout: Flags.integer({
      summary: 'seconds to wait',
      helpValue: 'SECONDS',
      default: 180,
      min: 1,
      max: 3_600,
    }),
    'kill-after': Flags.boolean({ summary: 'power it off when it does not go down in time' }),
  };

  async run(): Promise<void> {
    const { args, flags } = await this.parse(VmStop);
    const { vms, provisioner } = await this.services();
    await this.onVm(args.name, 'stop', async (run) => {
      const vm = await this.live(vms, args.name);
      await run.step('want', () => vms.setPower(vm.name, 'off'));
      try {
        await provisioner.stop(vm, { timeoutMs: flags.timeout * 1000 }, run);
      } catch (error) {
        if (!hasCode(error, 'provisioner.still-running')) throw error;
        if (flags['kill-after']) return provisioner.kill(vm, run);
        throw new BlockhostError(
          'provisioner.still-running',
          `${args.name} still runs after ${flags.timeout} s.`,
          { cause: error, remedy: 'Wait longer, or say --kill-after.', exitCode: 6 },
        );
      }
    });
    this.result({ name: args.name, power: 'off' }, []);
  }
}
